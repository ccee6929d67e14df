// SPDX-License-Identifier: Apache-2.0
// Martlet: the steps of one logical restore.
internal import Logging
internal import Platform
internal import Postgres
internal import Synchronization

/// One run: preparation, definitions, rows, indexes, check.
struct LogicalRestoreRun: Sendable {
    let restore: LogicalRestore
    let backup: BackupReader
    let inventory: LogicalInventory
    let target: RestoreTarget
    let programs: RestorePrograms

    private var options: LogicalRestoreOptions { restore.options }

    func run() async throws(RecoveryError) -> LogicalRestoreReport {
        var report = LogicalRestoreReport(database: target.name)
        var began = ContinuousClock.now
        func done(_ step: LogicalRestoreReport.Step) {
            report.durations[step] = ContinuousClock.now - began
            began = .now
            restore.logger.info("restore step done", metadata: ["step": "\(step)"])
        }
        if options.restoresGlobals { report.leftOut = try await restoreGlobals() }
        let folder = try PrivateFolder()
        let schema = try PrivateFile("\(folder.path)/schema.dump")
        try await backup.read(LogicalInventory.schemaArchive) { bytes throws(RecoveryError) in try schema.append(bytes)
        }
        var sessions = [try await prepare(schema.path)]
        do throws(RecoveryError) {
            done(.preparation)
            try await programs.definitions("pre-data", from: schema.path)
            done(.definitions)
            while sessions.count < options.sessions { sessions.append(try await target.connect()) }
            try await fill(sessions)
            done(.data)
            try await programs.definitions("post-data", from: schema.path)
            for view in inventory.views { try await execute("REFRESH MATERIALIZED VIEW \(view)", sessions[0]) }
            done(.indexes)
            // Both only read rows, so they run side by side.
            let session = sessions[0]
            async let analysis = Result { () async throws(RecoveryError) in try await execute("ANALYZE", session) }
            if options.checks {
                let check = LogicalCheck(restore.configuration, sessions: options.sessions)
                try Self.refuse(try await check.differences(from: inventory))
                report.isChecked = true
            }
            try await analysis.get()
            try await RestoreMarker.remove(in: sessions[0])
            done(.check)
            for session in sessions { await session.close() }
        } catch {
            for session in sessions { await session.close() }
            throw error
        }
        report.tables = inventory.tables.count
        report.rows = inventory.rows
        report.bytes = inventory.tables.flatMap(\.parts).reduce(0) { $0 + $1.bytes }
        return report
    }

    private func execute(_ sql: String, _ session: PostgresSession) async throws(RecoveryError) {
        do throws(PostgresError) { try await session.simpleQuery(sql) } catch { throw RecoveryError(error, sql) }
    }

    private static func refuse(_ differences: [LogicalCheck.Difference]) throws(RecoveryError) {
        guard !differences.isEmpty else { return }
        let shown = differences.prefix(5).map(\.description).joined(separator: "; ")
        let more = differences.count > 5 ? "; and \(differences.count - 5) more" : ""
        throw RecoveryError(.damaged, "the restored database differs from the backup: \(shown)\(more)")
    }

    /// Sees to it that there is an empty database with our mark, and returns a session on it.
    private func prepare(_ schema: String) async throws(RecoveryError) -> PostgresSession {
        var isOurs = false
        if try await !target.exists() {
            guard options.creates else {
                throw RecoveryError(.request, "there is no database \(target.name); it can be created when asked for")
            }
            try await target.create(like: inventory.database)
            isOurs = true
        }
        var session = try await target.connect()
        do throws(RecoveryError) {
            if let marker = try await RestoreMarker.read(in: session) {
                guard options.isFresh else {
                    throw RecoveryError(
                        .notEmpty,
                        "a restore of \(marker.backup) into \(target.name) that began at \(marker.began) was not finished; begin afresh (`--fresh`) to drop what it made"
                    )
                }
                if marker.isOurs {
                    await session.close()
                    try await target.drop()
                    try await target.create(like: inventory.database)
                    session = try await target.connect()
                    isOurs = true
                } else {
                    try await clear(session, schema, marker)
                }
            }
            try await target.requireEmpty(session)
            let marker = RestoreMarker(
                backup: backup.entry.id.description,
                isOurs: isOurs,
                began: Timestamp.now().formatted(fractionDigits: 0)
            )
            try await marker.write(in: session)
            return session
        } catch {
            await session.close()
            throw error
        }
    }

    /// Drops what a cut restore of the same backup made in a database that it did not create.
    private func clear(
        _ session: PostgresSession,
        _ schema: String,
        _ marker: RestoreMarker
    ) async throws(RecoveryError) {
        guard marker.backup == backup.entry.id.description else {
            throw RecoveryError(
                .notEmpty,
                "\(target.name) has an unfinished restore of another backup, \(marker.backup): finish or drop that one"
            )
        }
        // Programs of a killed run may still be at work.
        try await execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'martlet-restore%'",
            session
        )
        var drops = try await programs.drops { input throws(RecoveryError) in
            try await PrivateFile.read(schema) { bytes throws(RecoveryError) in try await input.write(bytes) }
        }
        if inventory.hasLargeObjects {
            drops += try await programs.drops { [backup] input throws(RecoveryError) in
                try await backup.read(LogicalInventory.largeObjectsArchive) { bytes throws(RecoveryError) in
                    try await input.write(bytes)
                }
            }
        }
        try await execute("BEGIN;\n\(drops.joined(separator: ";\n"));\nCOMMIT", session)
        try await RestoreMarker.remove(in: session)
        // The script changed settings of the session.
        try await execute("RESET ALL; SELECT set_config('search_path', '', false)", session)
    }

    /// Rows, large objects and sequences.
    private func fill(_ sessions: [PostgresSession]) async throws(RecoveryError) {
        try await TableFill(backup: backup, encoding: inventory.database.encoding).run(inventory.tables, sessions)
        if inventory.hasLargeObjects {
            try await programs.largeObjects { [backup] input throws(RecoveryError) in
                try await backup.read(LogicalInventory.largeObjectsArchive) { bytes throws(RecoveryError) in
                    try await input.write(bytes)
                }
            }
        }
        for sequence in inventory.sequences {
            let name = SQLText.literal(sequence.name)
            try await execute("SELECT setval(\(name), \(sequence.value), \(sequence.isCalled))", sessions[0])
        }
    }

    /// Makes the roles that are not there.
    /// - Returns: what was left out.
    private func restoreGlobals() async throws(RecoveryError) -> [String] {
        guard inventory.hasGlobals else {
            throw RecoveryError(.request, "the backup \(backup.entry.id) holds no roles")
        }
        var bytes: [UInt8] = []
        try await backup.read(LogicalInventory.globalsArchive) { bytes += $0 }
        let statements = SQLStatements.split(String(decoding: bytes, as: UTF8.self))
        return try await target.onServer { session throws(PostgresError) in
            let found = try await session.simpleQuery("SELECT rolname FROM pg_roles")
            var roles: Set<String> = []
            for row in 0..<(found.first?.rowCount ?? 0) { roles.insert(try found[0].string(row, 0)) }
            var leftOut: [String] = []
            for statement in statements {
                switch GlobalsScript.judge(statement, roles: roles) {
                case .run: try await session.simpleQuery(statement)
                case .leave(let reason):
                    let head = SQLStatements.words(statement, limit: 4).prefix(3).joined(separator: " ")
                    leftOut.append("\(head): \(reason)")
                case .drop: break
                }
            }
            return leftOut
        }
    }
}
