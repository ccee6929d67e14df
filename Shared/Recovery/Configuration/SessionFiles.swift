// SPDX-License-Identifier: Apache-2.0
// Martlet: files of a server through SQL.
internal import Postgres

/// Asks the server for its files.
struct SessionFiles: ServerFiles {
    let session: PostgresSession

    private static let read = PostgresStatement(
        "configuration_file",
        "SELECT pg_read_binary_file($1, 0, $2, true)",
        parameters: [.text, .int8]
    )
    private static let list = PostgresStatement(
        "configuration_folder",
        "SELECT pg_ls_dir($1)",
        parameters: [.text]
    )
    private static let deadline: Duration = .seconds(20)

    func bytes(of path: String, limit: Int) async throws(RecoveryError) -> [UInt8]? {
        let bytes: [UInt8]?
        do throws(PostgresError) {
            var bindings = PostgresBindings()
            bindings.append(path)
            bindings.append(Int64(limit + 1))
            bytes = try await session.execute(Self.read, bindings, deadline: Self.deadline).optionalBytes(0, 0)
        } catch {
            throw RecoveryError(error, path)
        }
        guard bytes.map({ $0.count <= limit }) ?? true else { throw .tooLarge(path, limit: limit) }
        return bytes
    }

    func names(in folder: String) async throws(RecoveryError) -> [String] {
        do throws(PostgresError) {
            var bindings = PostgresBindings()
            bindings.append(folder)
            let rows = try await session.execute(Self.list, bindings, deadline: Self.deadline)
            var names: [String] = []
            for row in 0..<rows.rowCount { names.append(try rows.string(row, 0)) }
            return names
        } catch {
            throw RecoveryError(error, folder)
        }
    }
}
