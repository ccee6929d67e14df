// SPDX-License-Identifier: Apache-2.0
// Martlet: one transaction of an export or an import.
internal import Platform
internal import Postgres

/// A session within a transaction.
struct LedgerTransaction {
    /// What the transaction is for.
    enum Purpose {
        /// Reads all sections as they were at one moment.
        case reading
        /// Changes them, alone.
        case changing

        fileprivate var begin: String {
            switch self {
            case .reading: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .changing: "BEGIN"
            }
        }
    }

    /// The newest migration.
    let migration: Int
    /// The server's time.
    let now: Timestamp
    private let session: PostgresSession

    /// Runs `body` within a transaction that is undone when it throws, or when this process is killed.
    /// - Throws: `.locked` when another import changes the ledger; `.request` when the database has no ledger.
    static func run<Value>(
        _ purpose: Purpose,
        _ configuration: PostgresConfiguration,
        _ body: (LedgerTransaction) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let loop = EventLoop(name: "export")
        defer { loop.shutdown() }
        let session: PostgresSession
        do throws(PostgresError) { session = try await PostgresSession.connect(configuration, on: loop) } catch {
            throw RecoveryError(error, "can't connect to \(configuration)")
        }
        do throws(RecoveryError) {
            let value = try await run(purpose, session, body)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    private static func run<Value>(
        _ purpose: Purpose,
        _ session: PostgresSession,
        _ body: (LedgerTransaction) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let transaction: LedgerTransaction
        do throws(PostgresError) {
            try await session.simpleQuery(purpose.begin)
            if case .changing = purpose, try await !session.execute(lock).bool(0, 0) {
                throw PostgresError(.cancelled, "", cause: RecoveryError(.locked, "another import is under way"))
            }
            guard try await session.execute(hasLedger).bool(0, 0) else {
                let missing = RecoveryError(.request, "the database has no ledger: `martlet-api migrate` makes it")
                throw PostgresError(.cancelled, "", cause: missing)
            }
            let level = try await session.execute(level)
            guard let now = Timestamp(rfc3339: try level.string(0, 1).utf8) else {
                throw PostgresError(.decoding, "the server's time is not understood")
            }
            transaction = LedgerTransaction(migration: try level.int(0, 0), now: now, session: session)
        } catch {
            throw RecoveryError(error, "the ledger can't be read")
        }
        let value = try await body(transaction)
        do throws(PostgresError) { try await session.simpleQuery("COMMIT") } catch {
            throw RecoveryError(
                error,
                "the end of the transaction is not known: import again, which changes only what is left"
            )
        }
        return value
    }

    /// All rows of a table that are not over.
    func rows<Row>(of table: LedgerTable<Row>) async throws(RecoveryError) -> [Row] {
        let name = table.section.rawValue
        let text: String
        do throws(PostgresError) { text = try await session.execute(table.read).string(0, 0) } catch {
            throw RecoveryError(error, "'\(name)' can't be read")
        }
        do throws(FormatFault) {
            let rows = try JSONDocument.decode([Row].self, from: Array(text.utf8))
            guard rows.count <= LedgerTables.most else {
                throw FormatFault("there are more than \(LedgerTables.most) rows, which an export can't hold")
            }
            return rows
        } catch {
            throw RecoveryError(.database, "'\(name)' can't be read: \(error.message)")
        }
    }

    /// Adds and changes rows, or removes them.
    func run(
        _ statement: PostgresStatement,
        _ rows: [some ExportRow],
        of section: ExportSection
    ) async throws(RecoveryError) {
        guard !rows.isEmpty else { return }
        var bindings = PostgresBindings()
        bindings.append(bytes: try JSONDocument.encode(rows))
        do throws(PostgresError) { try await session.execute(statement, bindings) } catch {
            throw RecoveryError(error, "'\(section.rawValue)' can't be changed, so nothing was")
        }
    }

    private static let lock = PostgresStatement(
        "import_lock",
        "SELECT pg_try_advisory_xact_lock(hashtext('martlet.import'))"
    )
    static let hasLedger = PostgresStatement(
        "export_ledger",
        "SELECT to_regclass('martlet_migration') IS NOT NULL"
    )
    private static let level = PostgresStatement(
        "export_level",
        "SELECT coalesce(max(number), 0)::bigint, \(LedgerTables.spelled("now()")) FROM martlet_migration"
    )
}
