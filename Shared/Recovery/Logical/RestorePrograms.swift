// SPDX-License-Identifier: Apache-2.0
// Martlet: pg_restore as a logical restore runs it.
internal import Postgres
internal import Resilience
internal import Synchronization

/// Runs `pg_restore`, which stops at the first error.
struct RestorePrograms: Sendable {
    let restore: PostgresPrograms.Found
    let access: ProgramAccess
    let options: LogicalRestoreOptions
    let deadline: Deadline
    /// Scripts of drops have at most this many bytes.
    private static let longestScript = 64 << 20

    private func run(_ arguments: [String]) -> ProgramRun {
        ProgramRun(restore.path, arguments, environment: access.environment, deadline: deadline.remaining())
    }

    private var common: [String] {
        ["--exit-on-error", "--no-password", "--no-tablespaces", "--dbname=\(access.connectionString)"]
            + (options.restoresOwners ? [] : ["--no-owner", "--no-privileges"])
    }

    /// Restores a section of the definitions from a file, with several sessions where that helps.
    func definitions(_ section: String, from file: String) async throws(RecoveryError) {
        let jobs = section == "post-data" ? ["--jobs=\(options.sessions)"] : []
        try await run(common + ["--section=\(section)"] + jobs + [file]).perform()
    }

    /// Restores the large objects from an archive that is streamed in.
    func largeObjects(
        _ feed: @escaping @Sendable (ProgramInput) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) {
        try await run(common).perform(input: feed)
    }

    /// The statements that drop what an archive holds, and nothing else; they fail where something else depends on it.
    func drops(
        _ feed: @escaping @Sendable (ProgramInput) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) -> [String] {
        let text = Mutex<[UInt8]>([])
        let arguments = ["--clean", "--if-exists", "--section=pre-data", "--section=post-data", "--file=-"]
        try await run(arguments).perform { (bytes: [UInt8]) throws(RecoveryError) in
            let count = text.withLock { text in
                text += bytes
                return text.count
            }
            guard count <= Self.longestScript else {
                throw RecoveryError(.program, "the definitions are longer than \(Self.longestScript) bytes")
            }
        } input: { input throws(RecoveryError) in
            try await feed(input)
        }
        let script = text.withLock { String(decoding: $0, as: UTF8.self) }
        // Drops come first, without titles; what is made has a title of its own.
        let end = script.firstRange(of: "\n-- Name: ")?.lowerBound ?? script.endIndex
        return SQLStatements.split(String(script[..<end]))
    }
}
