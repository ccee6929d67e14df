// SPDX-License-Identifier: Apache-2.0
// Martlet: the programs of PostgreSQL that a logical backup runs.
internal import Platform
internal import Postgres
internal import Resilience

/// Runs `pg_dump` and `pg_dumpall` for what they know best: everything but the rows.
struct LogicalPrograms: Sendable {
    let dump: PostgresPrograms.Found
    private let dumpAll: PostgresPrograms.Found
    private let access: ProgramAccess
    private let lockTimeout: Duration
    private let deadline: Deadline

    /// Finds programs that are not older than the server.
    static func find(
        _ options: LogicalOptions,
        server: Int,
        _ configuration: PostgresConfiguration,
        _ deadline: Deadline
    ) async throws(RecoveryError) -> LogicalPrograms {
        let version = ProgramVersion(server: server)
        return LogicalPrograms(
            dump: try await options.programs.find("pg_dump", atLeast: version),
            dumpAll: try await options.programs.find("pg_dumpall", atLeast: version),
            access: try ProgramAccess(configuration),
            lockTimeout: options.lockTimeout,
            deadline: deadline
        )
    }

    private init(
        dump: PostgresPrograms.Found,
        dumpAll: PostgresPrograms.Found,
        access: ProgramAccess,
        lockTimeout: Duration,
        deadline: Deadline
    ) {
        self.dump = dump
        self.dumpAll = dumpAll
        self.access = access
        self.lockTimeout = lockTimeout
        self.deadline = deadline
    }

    private func run(_ program: PostgresPrograms.Found, _ arguments: [String]) -> ProgramRun {
        ProgramRun(program.path, arguments, environment: access.environment, deadline: deadline.remaining())
    }

    private var lockWait: String { "--lock-wait-timeout=\(max(1, Int(lockTimeout / .milliseconds(1))))" }

    /// The definitions within a snapshot, as a custom archive that `pg_restore -j` can read from a file.
    func schema(_ snapshot: String, into file: PrivateFile) async throws(RecoveryError) {
        let arguments = [
            "--format=custom", "--compress=0", "--schema-only", "--snapshot=\(snapshot)", lockWait, "--no-password",
        ]
        try await run(dump, arguments).perform { (bytes: [UInt8]) throws(RecoveryError) in try file.append(bytes) }
    }

    /// The large objects within a snapshot, as a custom archive; no table is locked for it.
    func largeObjects(_ snapshot: String, into archive: ArchiveWriter) async throws(RecoveryError) {
        // A schema that every database has and nobody alters, so that of tables nothing is left.
        let arguments = [
            "--format=custom", "--compress=0", "--data-only", "--blobs", "--schema=information_schema",
            "--exclude-table-data=*.*", "--snapshot=\(snapshot)", lockWait, "--no-password",
        ]
        try await run(dump, arguments).perform { (bytes: [UInt8]) throws(RecoveryError) in
            try await archive.write(bytes)
        }
    }

    /// Roles and tablespaces as a script.
    func globals(database: String, passwords: Bool, into archive: ArchiveWriter) async throws(RecoveryError) {
        let arguments =
            ["--globals-only", "--no-password", "--database=\(database)"] + (passwords ? [] : ["--no-role-passwords"])
        try await run(dumpAll, arguments).perform { (bytes: [UInt8]) throws(RecoveryError) in
            try await archive.write(bytes)
        }
    }
}
