// SPDX-License-Identifier: Apache-2.0
// Martlet: where a receiver of the log goes on.
internal import Postgres

/// Finds the position from which the log is still needed: the end of what the store has.
struct WALStart {
    /// A position with what is known of its segment.
    struct Place {
        var timeline: UInt32
        var assembly: WALAssembly
    }

    /// Segments are assembled in memory.
    static let largestSegment = 64 << 20

    private let session: ReplicationSession
    private let archive: WALArchive
    private let settings: WALReceiverSettings

    init(_ session: ReplicationSession, _ archive: WALArchive, _ settings: WALReceiverSettings) {
        self.session = session
        self.archive = archive
        self.settings = settings
    }

    /// The place behind what the store has of the server's line of timelines; without anything, where the slot begins.
    /// - Throws: `.wrongSystem`, `.request`, `.database`, and what the archive says.
    func find() async throws(RecoveryError) -> Place {
        let system = try await replicating("the stream of the log") { () throws(PostgresError) in
            try await session.identify()
        }
        guard SystemID(system.id) == archive.system else {
            throw RecoveryError(
                .wrongSystem,
                "the server is system \(system.id), and this is the archive of system \(archive.system)"
            )
        }
        let size = try await segmentSize()
        let history = try await history(of: system.timeline)
        let slot = try await slot()
        for timeline in [system.timeline] + history.ancestors.map(\.timeline).reversed() {
            let floor = slot.flatMap { $0.timeline == timeline ? $0.restart : nil } ?? .none
            var newest = try await archive.newest(on: timeline, notBefore: floor, size: size)
            // A slot that was made anew begins behind a gap, which must be seen.
            if newest == nil, floor > .none {
                newest = try await archive.newest(on: timeline, notBefore: .none, size: size)
            }
            guard let newest else { continue }
            if !newest.leftovers.isEmpty { try await archive.remove(newest.leftovers) }
            let place = try await place(newest.segment, isWhole: newest.isWhole, size)
            // All of an ancestor is there: the next timeline begins.
            guard let end = history.end(of: timeline), place.assembly.received >= end else { return place }
            return try await follow(history.timeline(at: end), at: end)
        }
        return try await fresh()
    }

    /// The place where the server's log begins for us, whatever the store has.
    func fresh() async throws(RecoveryError) -> Place {
        let system = try await replicating("the stream of the log") { () throws(PostgresError) in
            try await session.identify()
        }
        let history = try await history(of: system.timeline)
        let position = try await slot()?.restart ?? system.flushed
        let timeline = history.timeline(at: position)
        let size = try await segmentSize()
        return Place(timeline, WALSegment(timeline: timeline, holding: position, size: size), size, settings.rules)
    }

    /// The beginning of a timeline: its first segment, which begins with a copy of its ancestor's.
    func follow(_ timeline: UInt32, at position: LSN) async throws(RecoveryError) -> Place {
        _ = try await history(of: timeline)
        let size = try await segmentSize()
        let first = WALSegment(timeline: timeline, holding: position, size: size)
        return try await place(first, isWhole: false, size)
    }

    private func place(_ segment: WALSegment, isWhole: Bool, _ size: Int) async throws(RecoveryError) -> Place {
        if isWhole { return Place(segment.timeline, segment.next(size: size), size, settings.rules) }
        let prefix = try await archive.prefix(of: segment)
        guard prefix.bytes.count < size else {
            // Killed between the last piece and the whole segment.
            try await archive.put(prefix.bytes, as: segment)
            return Place(segment.timeline, segment.next(size: size), size, settings.rules)
        }
        return Place(segment.timeline, segment, size, settings.rules, prefix)
    }

    /// Reads a timeline's history and has the archive keep it.
    private func history(of timeline: UInt32) async throws(RecoveryError) -> TimelineHistory {
        guard timeline > 1 else { return TimelineHistory(timeline: timeline) }
        let text = try await replicating("the stream of the log") { () throws(PostgresError) in
            try await session.history(of: timeline)
        }
        let history = try TimelineHistory(of: timeline, text)
        _ = try await archive.put(Array(text.utf8), at: try archive.key(.history(timeline)))
        return history
    }

    private func slot() async throws(RecoveryError) -> ReplicationSlot? {
        let name = settings.slot
        return try await replicating("the stream of the log") { () throws(PostgresError) in
            if let slot = try await session.slot(name) { return slot }
            try await session.createSlot(name)
            return try await session.slot(name)
        }
    }

    private func segmentSize() async throws(RecoveryError) -> Int {
        let size = try await replicating("the stream of the log") { () throws(PostgresError) in
            try await session.segmentSize()
        }
        guard size <= Self.largestSegment else {
            throw RecoveryError(
                .request,
                "the server's segments have \(size >> 20) MiB; at most 64 MiB can be streamed"
            )
        }
        return size
    }
}

extension WALStart.Place {
    init(
        _ timeline: UInt32,
        _ segment: WALSegment,
        _ size: Int,
        _ rules: WALAssembly.Rules,
        _ prefix: WALArchive.Prefix = .init()
    ) {
        self.timeline = timeline
        assembly = WALAssembly(segment, size: size, bytes: prefix.bytes, pieces: prefix.pieces, rules: rules)
    }
}
