// SPDX-License-Identifier: Apache-2.0
// Martlet: the drill of a physical backup.
internal import Glibc
internal import Platform
internal import Postgres
internal import Synchronization

extension DrillRun {
    /// Restores, replays, looks, and stops.
    func performPhysical(in folder: ScratchFolder, _ command: ScratchCommand) async throws(RecoveryError) {
        if !command.isCutOff {
            note("no network of its own could be had for the server: it relies on its settings alone")
        }
        let server = ScratchServer(folder: folder, command: command, role: settings.role)
        let witness = try await timed(.restore) { [self] () throws(RecoveryError) in try await restore(folder) }
        let facts = try await ControlFacts.read(folder.data, command)
        if access("\(folder.data)/postgresql.conf", F_OK) != 0 {
            note(
                "postgresql.conf is not in the backup, it lies outside of the data folder: a restored server must be told where it is"
            )
        }
        if let afterRestore = drill.afterRestore { try await afterRestore(folder) }
        let archive = WALArchive(of: entry.system, in: drill.store, keys: drill.keys, options: VaultOptions())
        try await lookAtLog(archive, facts)

        let sight = Mutex<PrimarySight?>(nil)
        let feed = LogFeed(archive, into: folder, segmentSize: facts.segmentSize) { [self] in
            if let seen = await askPrimary() { sight.withLock { $0 = seen } }
        }
        try await offPool { () throws(RecoveryError) in
            try feed.prepare()
            try server.configure(
                ScratchConfiguration(
                    limits: facts.limits,
                    restoreCommand: feed.restoreCommand,
                    sharedBuffers: self.settings.sharedBuffers,
                    libraries: self.settings.libraries
                ),
                recovers: true
            )
        }
        let total = [DrillPhase.replay, .amcheck, .invariants, .witness].map(settings.limit).reduce(.zero, +)
        do throws(RecoveryError) {
            try await server.run(within: total) { [self] () throws(RecoveryError) in
                try await timed(.replay) { [self] () throws(RecoveryError) in
                    try await replay(server, feed, sight)
                }
                if let afterRecovery = drill.afterRecovery { try await afterRecovery(server) }
                try await look(server, witness)
            }
        } catch {
            // The server only knows that a file could not be had; we know why.
            throw error.code == .program ? feed.facts.failure ?? error : error
        }
        guard facts.hasChecksums else { return note("the cluster has no page checksums") }
        try await timed(.checksums) { [self] () throws(RecoveryError) in try await verifyChecksums(folder, command) }
    }

    private func restore(_ folder: ScratchFolder) async throws(RecoveryError) -> Witness? {
        let reader = try await BackupReader.open(entry, in: drill.store, keys: drill.keys, pace: drill.pace)
        var restore = PhysicalRestore(into: folder.data, settings: nil)
        let moved = try await ScratchTablespaces.moved(reader, to: folder.tablespaces)
        for path in moved.values { try await offPool { () throws(RecoveryError) in try folder.makeFolder(path) } }
        restore.tablespaces = moved
        let summary = try await restore.run(from: reader, progress: drill.progress)
        change { $0.restoredBytes = summary.bytes }
        return try await Witness.read(from: reader)
    }

    /// Looks for gaps: recovery would end at the first one as if the log ended there.
    private func lookAtLog(_ archive: WALArchive, _ facts: ControlFacts) async throws(RecoveryError) {
        guard let start = entry.facts.startLSN, let timeline = entry.facts.timeline else { return }
        let (coverage, histories) = try await archive.coverage(segmentSize: facts.segmentSize)
        let newest = histories.filter { $0.timeline > timeline }.max { $0.timeline < $1.timeline }
        let history = newest ?? histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
        let reach = coverage.reach(from: start, along: history)
        if let end = entry.facts.endLSN, let reach { change { $0.hasOwnLog = reach >= end } }
        let missing = coverage.missing(from: start, along: history)
        guard let first = missing.first else { return }
        find([
            DrillFinding(
                .log,
                "missing-segments",
                "the store lacks \(first) of the log; nothing behind \(reach ?? start) can be recovered from this backup",
                count: Int64(missing.count),
                examples: missing.map(\.description)
            )
        ])
    }

    private func askPrimary() async -> PrimarySight? {
        guard var configuration = drill.primary else { return nil }
        configuration.applicationName = "martlet-drill"
        let loop = EventLoop(name: "drill-primary")
        defer { loop.shutdown() }
        do {
            let seen = try await PostgresSession.lend(configuration, on: loop, PrimarySight.take).get()
            guard seen.system == entry.system else {
                throw RecoveryError(.wrongSystem, "it is system \(seen.system)")
            }
            return seen
        } catch {
            let text = "the primary can't be asked how far it is: \(error)"
            change { report in if !report.notes.contains(text) { report.notes.append(text) } }
            return nil
        }
    }

    /// Waits for the end of recovery and for the first write.
    private func replay(
        _ server: ScratchServer,
        _ feed: LogFeed,
        _ sight: borrowing Mutex<PrimarySight?>
    ) async throws(RecoveryError) {
        let limit = settings.limit(.replay)
        let result = await withTaskGroup(of: Result<Void, RecoveryError>?.self) { group in
            group.addTask {
                await feed.run()
                return nil
            }
            group.addTask {
                do throws(RecoveryError) { return .success(try await server.untilReady(within: limit)) } catch {
                    return .failure(error)
                }
            }
            var result: Result<Void, RecoveryError>?
            for await ended in group {
                result = result ?? ended
                group.cancelAll()
            }
            return result ?? .failure(RecoveryError(.cancelled, "the drill was cancelled"))
        }
        try result.get()
        let seen = sight.withLock { $0 }
        let reached = try await firstWrite(server)
        let time = ContinuousClock.now - start
        let facts = feed.facts
        change { report in
            report.recoveryTime = time
            report.segments = facts.segments + facts.pieces
            report.position = reached.position
            report.lastCommit = reached.lastCommit
            let end = facts.endSeen ?? report.began
            // Without any transaction behind it the backup itself is the newest state.
            report.recoveryPoint = max(.zero, end - (reached.lastCommit ?? entry.facts.began))
            if let seen, let position = reached.position {
                report.exposure = Exposure(
                    seen,
                    position: position,
                    lastCommit: reached.lastCommit ?? entry.facts.began
                )
            }
        }
        if reached.lastCommit == nil { note("no transaction was replayed: the last commit is older than the backup") }
    }

    private static let reached = PostgresStatement(
        "drill_reached",
        """
        SELECT pg_logical_emit_message(true, 'martlet.drill', '')::text, pg_last_wal_replay_lsn()::text,
            pg_last_xact_replay_timestamp()
        """
    )

    /// Commits something, and says how far recovery came.
    @discardableResult
    func firstWrite(
        _ server: ScratchServer
    ) async throws(RecoveryError) -> (position: LSN?, lastCommit: Timestamp?) {
        try await server.withSession(settings.database, statementLimit: .seconds(60)) { session throws(RecoveryError) in
            do throws(PostgresError) {
                let row = try await session.execute(Self.reached)
                let position = try row.optionalString(0, 1).flatMap { LSN($0) }
                return (position, try row.optionalTimestampMicroseconds(0, 2).map { Timestamp(microseconds: $0) })
            } catch {
                throw RecoveryError(error, "the first write into the restored database")
            }
        }
    }
}
