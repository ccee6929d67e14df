// SPDX-License-Identifier: Apache-2.0
// Martlet: a physical backup: the server's base backup, checked while it passes into the vault.
public import Postgres
internal import Platform

/// Takes a base backup of a whole cluster.
///
/// ```swift
/// let session = try await ReplicationSession.connect(configuration, on: loop)
/// let outcome = try await PhysicalBackup(options).run(session, into: writer)
/// let entry = try await writer.finish(outcome.facts)
/// ```
/// Nothing is staged on disk. The vault gets `base.tar`, `tablespace-<oid>.tar` and `backup_manifest`; a chunk ends
/// before and behind the content of each large file, so that a resumed backup recognises what has not changed.
public struct PhysicalBackup: Sendable {
    /// What damaged pages lead to; all of them are looked for first.
    public enum DamagePolicy: Sendable {
        /// The backup fails with the list: what it would restore is damaged.
        case fail
        /// The backup succeeds, and the outcome has the list.
        case record
    }

    /// What is asked of the server.
    public var base: BaseBackupOptions
    /// What damaged pages lead to; default fail.
    public var damage = DamagePolicy.fail
    /// How to look again at pages that seem damaged, which may have been written just then; nil: not.
    public var secondLook: PostgresConfiguration?

    /// Files from this size on begin a chunk of their own.
    static let ownChunk: Int64 = 1 << 20

    /// Takes the server's options.
    public init(_ base: BaseBackupOptions) { self.base = base }

    /// Takes the backup.
    /// - Parameter system: the cluster it must be; nil: whichever.
    /// - Throws: `.wrongSystem`, `.database`, `.deadline`, `.damaged` with the pages, and what the writer says.
    public func run(
        _ session: ReplicationSession,
        of system: SystemID? = nil,
        into writer: BackupWriter,
        progress: BackupProgress? = nil
    ) async throws(RecoveryError) -> PhysicalOutcome {
        let began = Timestamp.now()
        let (stream, hasChecksums, segmentSize) = try await begin(session, system)
        progress?.expect(stream.start.size)
        var sorter = BaseBackupSorter(
            check: hasChecksums ? PageCheck(start: stream.start.position.value) : nil,
            ownChunk: Self.ownChunk
        )
        var archive: ArchiveWriter?
        var archives: [ArchiveSummary] = []
        while true {
            let event = try await replicating("the base backup") { () throws(PostgresError) in
                try await stream.next()
            }
            if case .data(let bytes) = event {
                let before = sorter.files
                try await Self.write(bytes, cuts: try sorter.cuts(in: bytes), to: archive)
                for _ in before..<sorter.files { progress?.finishedFile() }
                continue
            }
            // Something else begins, so what was open is whole.
            try sorter.finish()
            if let summary = try await archive?.finish() { archives.append(summary) }
            archive = nil
            if case .end(let end, let timeline) = event {
                var outcome = PhysicalOutcome(
                    facts: BackupFacts(began: began, serverVersion: session.serverVersion),
                    segmentSize: segmentSize,
                    archives: archives,
                    files: sorter.files
                )
                outcome.facts.label = base.label
                outcome.facts.timeline = timeline
                outcome.facts.startLSN = stream.start.position
                outcome.facts.endLSN = end
                outcome.facts.segmentSize = segmentSize
                try await judge(sorter.check, &outcome, from: stream.start.position)
                return outcome
            }
            archive = try await writer.archive(try sorter.begin(event))
        }
    }

    private func begin(
        _ session: ReplicationSession,
        _ system: SystemID?
    ) async throws(RecoveryError) -> (BaseBackupStream, hasChecksums: Bool, segmentSize: Int) {
        let identity = try await replicating("the base backup") { () throws(PostgresError) in
            SystemID(try await session.identify().id)
        }
        if let system, identity != system {
            throw RecoveryError(.wrongSystem, "the server is system \(identity) and not \(system)")
        }
        let base = base
        return try await replicating("the base backup") { () throws(PostgresError) in
            // Pages of another size or segments of another length are counted in another way.
            let hasChecksums = try await session.show("data_checksums") == "on"
            let isUsual = try await (session.show("block_size"), session.show("segment_size")) == ("8192", "1GB")
            let segmentSize = try await session.segmentSize()
            return (try await session.baseBackup(base), hasChecksums && isUsual, segmentSize)
        }
    }

    private static func write(_ bytes: [UInt8], cuts: [Int], to archive: ArchiveWriter?) async throws(RecoveryError) {
        guard let archive else { throw RecoveryError(.damaged, "the server sent data before it named an archive") }
        guard !cuts.isEmpty else { return try await archive.write(bytes) }
        var start = 0
        for cut in cuts {
            if cut > start { try await archive.write(Array(bytes[start..<cut])) }
            try await archive.cut()
            start = cut
        }
        if start < bytes.count { try await archive.write(Array(bytes[start...])) }
    }

    private func judge(
        _ check: PageCheck?,
        _ outcome: inout PhysicalOutcome,
        from start: LSN
    ) async throws(RecoveryError) {
        guard let check else { return }
        outcome.pages = check.pages
        outcome.damaged = check.damaged
        outcome.damagedCount = check.damagedCount
        if let secondLook, !check.damaged.isEmpty {
            let look = DamagedPageLook(secondLook, start: start)
            outcome.damaged = try await look.stillDamaged(check.damaged)
            outcome.damagedCount -= check.damaged.count - outcome.damaged.count
        }
        guard damage == .fail, outcome.damagedCount > 0 else { return }
        let named = outcome.damaged.prefix(20).map(\.description).joined(separator: ", ")
        let more = outcome.damagedCount > 20 ? " and \(outcome.damagedCount - 20) more" : ""
        throw RecoveryError(
            .damaged,
            "\(outcome.damagedCount) pages of the cluster have wrong checksums: \(named)\(more)"
        )
    }
}
