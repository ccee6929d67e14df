// SPDX-License-Identifier: Apache-2.0
// Martlet: a second look at pages that a backup found damaged.
internal import Postgres

/// Reads pages again: one that was just being written seems damaged for an instant, and its image is in the log.
struct DamagedPageLook: Sendable {
    private static let read = PostgresStatement(
        "recovery.page",
        "SELECT pg_read_binary_file($1, $2, 8192, true)",
        parameters: [.text, .int8]
    )

    private let configuration: PostgresConfiguration
    private let start: LSN

    /// - Parameter configuration: a database of the server and a role that may call `pg_read_binary_file`.
    init(_ configuration: PostgresConfiguration, start: LSN) {
        self.configuration = configuration
        self.start = start
    }

    /// Those that are still damaged; without the right to look all of them.
    func stillDamaged(_ pages: [DamagedPage]) async throws(RecoveryError) -> [DamagedPage] {
        let loop = EventLoop(name: "page-look")
        defer { loop.shutdown() }
        do throws(PostgresError) {
            return try await PostgresSession.lend(configuration, on: loop) { session throws(PostgresError) in
                var damaged: [DamagedPage] = []
                for page in pages where try await isDamaged(page, session) { damaged.append(page) }
                return damaged
            }
            .get()
        } catch {
            guard error.sqlState == "42501" else { throw .replication("the second look at damaged pages", error) }
            return pages
        }
    }

    private func isDamaged(_ page: DamagedPage, _ session: PostgresSession) async throws(PostgresError) -> Bool {
        guard let name = page.file.split(separator: "/").last,
            let relation = RelationFile("global/\(name)", inTablespace: false)
        else { return true }
        var bindings = PostgresBindings()
        bindings.append(page.file)
        bindings.append(Int64(page.page) * Int64(PageChecksum.pageSize))
        let row = try await session.execute(Self.read, bindings)
        // Gone meanwhile: dropped or cut off, and the log says so.
        guard !row.isNull(0, 0) else { return false }
        let bytes = try row.bytes(0, 0)
        guard bytes.count == PageChecksum.pageSize else { return false }
        let block = relation.firstBlock &+ page.page
        return PageChecksum.examine(bytes.span, at: 0, block: block, limit: start.value) == .damaged
    }
}
