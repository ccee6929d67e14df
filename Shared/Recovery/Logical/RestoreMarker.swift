// SPDX-License-Identifier: Apache-2.0
// Martlet: the mark of a database that is being restored.
internal import Postgres

/// A schema `martlet_restoring` that is there from the first step to the last; its comment says what is under way.
struct RestoreMarker: Codable, Hashable, Sendable {
    /// The backup that is restored.
    var backup: String
    /// Whether the restore created the database, so that it may drop it, too.
    var isOurs: Bool
    /// When the restore began.
    var began: String

    static let schema = "martlet_restoring"

    /// Reads it; nil when there is no such schema.
    static func read(in session: PostgresSession) async throws(RecoveryError) -> RestoreMarker? {
        let sql = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = '\(schema)'"
        let text: String?
        do throws(PostgresError) {
            let result = try await session.execute(PostgresStatement("", sql), deadline: .seconds(60))
            guard result.rowCount > 0 else { return nil }
            text = try result.optionalString(0, 0)
        } catch {
            throw RecoveryError(error)
        }
        guard let text, let marker = try? JSONDocument.decode(RestoreMarker.self, from: Array(text.utf8)) else {
            throw RecoveryError(.notEmpty, "the database has a schema \(schema) that no restore of ours made")
        }
        return marker
    }

    /// Makes the schema.
    func write(in session: PostgresSession) async throws(RecoveryError) {
        let text = String(decoding: try JSONDocument.encode(self), as: UTF8.self)
        let sql = "CREATE SCHEMA \(Self.schema); COMMENT ON SCHEMA \(Self.schema) IS \(SQLText.literal(text))"
        do throws(PostgresError) { try await session.simpleQuery(sql, deadline: .seconds(60)) } catch {
            throw RecoveryError(error)
        }
    }

    /// Drops the schema, if it is there.
    static func remove(in session: PostgresSession) async throws(RecoveryError) {
        do throws(PostgresError) {
            try await session.simpleQuery("DROP SCHEMA IF EXISTS \(schema)", deadline: .seconds(60))
        } catch {
            throw RecoveryError(error)
        }
    }
}
