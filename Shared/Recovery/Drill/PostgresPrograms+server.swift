// SPDX-License-Identifier: Apache-2.0
// Martlet: which server can open a backup.

extension PostgresPrograms {
    /// The folder of the server's programs for a backup: of the same major version for a cluster's files, of that or a
    /// later one for a database's content.
    /// - Throws: `.program` when there is none, with what was found instead.
    public func folder(for entry: CatalogueEntry) async throws(RecoveryError) -> String {
        let wanted = ProgramVersion(server: entry.facts.serverVersion)
        let found = try await find("postgres", atLeast: wanted)
        guard entry.method == .logical || found.version == wanted else {
            throw RecoveryError(
                .program,
                "the server of version \(wanted) is needed, and there is only \(found.path) of version \(found.version)"
            )
        }
        return found.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    }
}
