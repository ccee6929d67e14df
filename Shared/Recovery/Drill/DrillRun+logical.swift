// SPDX-License-Identifier: Apache-2.0
// Martlet: the drill of a logical backup.
internal import Logging
internal import Platform

extension DrillRun {
    /// Makes a new cluster, fills it, looks, and stops.
    ///
    /// The restore itself compares all rows with what the backup's snapshot had; that takes the witness' place.
    func performLogical(in folder: ScratchFolder, _ command: ScratchCommand) async throws(RecoveryError) {
        let server = ScratchServer(folder: folder, command: command, role: settings.role)
        let reader = try await BackupReader.open(entry, in: drill.store, keys: drill.keys, pace: drill.pace)
        let initdb = command.run(
            "initdb",
            ["-D", folder.data, "-U", settings.role, "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums"],
            deadline: .seconds(300)
        )
        try await initdb.perform()
        let configuration = ScratchConfiguration(
            limits: [:],
            restoreCommand: nil,
            sharedBuffers: settings.sharedBuffers,
            libraries: settings.libraries
        )
        try await offPool { () throws(RecoveryError) in try server.configure(configuration, recovers: false) }
        let total = DrillPhase.allCases.map(settings.limit).reduce(.zero, +)
        try await server.run(within: total) { [self] () throws(RecoveryError) in
            try await timed(.replay) { [self] () throws(RecoveryError) in
                try await server.untilReady(within: settings.limit(.replay))
            }
            try await timed(.restore) { [self] () throws(RecoveryError) in try await fill(server, reader) }
            try await look(server, nil)
        }
        try await timed(.checksums) { [self] () throws(RecoveryError) in try await verifyChecksums(folder, command) }
    }

    private func fill(_ server: ScratchServer, _ reader: BackupReader) async throws(RecoveryError) {
        var options = LogicalRestoreOptions()
        options.creates = true
        options.restoresGlobals = true
        options.programs = PostgresPrograms(folder: settings.programs)
        options.deadline = settings.limit(.restore)
        let target = try server.configuration(settings.database, statementLimit: settings.limit(.restore))
        let silent = Logger(label: "drill") { _ in SwiftLogNoOpLogHandler() }
        let restored = try await LogicalRestore(target, options: options, logger: silent).run(from: reader)
        try await firstWrite(server)
        let time = ContinuousClock.now - start
        change { report in
            report.recoveryTime = time
            report.restoredBytes = Int64(restored.bytes)
            // All that was committed after the snapshot is not in the backup.
            report.recoveryPoint = max(.zero, report.began - entry.facts.began)
            report.looks[.restore] = restored.tables
        }
        for text in restored.leftOut { note("left out: \(text)") }
    }
}
