// SPDX-License-Identifier: Apache-2.0
// Martlet: the pieces of segments under way, and how far an archive reaches.
internal import ObjectStore
public import Postgres

extension WALArchive {
    /// What is stored of an unfinished segment.
    struct Prefix: Sendable {
        /// From the segment's beginning, without a gap.
        var bytes: [UInt8] = []
        /// The pieces that were used.
        var pieces: [Range<Int>] = []
    }

    /// The ranges of a segment's pieces.
    func pieces(of segment: WALSegment) async throws(RecoveryError) -> [Range<Int>] {
        try await names(pieceFolder(segment)).compactMap { Self.piece($0.name) }
    }

    /// Reads `00000000-00012000`.
    static func piece(_ name: Substring) -> Range<Int>? {
        let ends = name.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.count == 8 && $0.utf8.allSatisfy(WALSegment.isDigit) }),
            let start = Int(ends[0], radix: 16), let end = Int(ends[1], radix: 16), start < end
        else { return nil }
        return start..<end
    }

    /// Reads the pieces of a segment from its beginning on.
    ///
    /// A receiver may join pieces meanwhile: one that is gone lies in a larger one, so the listing is read again.
    func prefix(of segment: WALSegment) async throws(RecoveryError) -> Prefix {
        for attempt in 1... {
            do throws(RecoveryError) {
                return try await readPrefix(of: segment)
            } catch {
                guard error.code == .notFound, attempt < 5 else { throw error }
            }
        }
        return Prefix()
    }

    private func readPrefix(of segment: WALSegment) async throws(RecoveryError) -> Prefix {
        var prefix = Prefix()
        var left = try await pieces(of: segment)
        while true {
            // The one that leads farthest from here.
            let end = prefix.bytes.count
            let next = left.filter { $0.lowerBound <= end && $0.upperBound > end }.max { $0.upperBound < $1.upperBound }
            guard let next else { return prefix }
            left.removeAll { $0.upperBound <= next.upperBound }
            let bytes = try await get(try key(segment, next))
            guard bytes.count == next.count else {
                throw RecoveryError(.damaged, "the piece has \(bytes.count) bytes", object: try key(segment, next))
            }
            prefix.bytes += bytes[(end - next.lowerBound)...]
            prefix.pieces.append(next)
        }
    }

    /// Stores a whole segment, and removes its pieces then.
    func put(_ bytes: [UInt8], as segment: WALSegment) async throws(RecoveryError) {
        try check(bytes, .segment(segment))
        _ = try await put(bytes, at: try key(.segment(segment)))
        // All that are there: a receiver that was killed may have left some that the next one doesn't know.
        let left = try await names(pieceFolder(segment))
        if !left.isEmpty { try await remove(left) }
    }

    /// Where the archive of a timeline ends.
    struct Newest: Sendable {
        /// The newest segment of which there is anything.
        let segment: WALSegment
        /// Whether it is whole.
        let isWhole: Bool
        /// Pieces of whole segments, which a receiver that was killed could not remove any more.
        let leftovers: [ObjectKey]
    }

    /// Looks for the newest segment of a timeline; nil if there is nothing.
    /// - Parameter position: segments before are not looked at.
    func newest(on timeline: UInt32, notBefore position: LSN, size: Int) async throws(RecoveryError) -> Newest? {
        let (whole, pieces) = try await log(of: timeline, from: position, size: size)
        guard let newest = whole.union(pieces.keys).max() else { return nil }
        let leftovers = pieces.filter { whole.contains($0.key) }.flatMap(\.value)
        return Newest(segment: newest, isWhole: whole.contains(newest), leftovers: leftovers)
    }

    /// The segments of a timeline from about a position on, and the pieces of those that are or were under way.
    private func log(
        of timeline: UInt32,
        from position: LSN,
        size: Int
    ) async throws(RecoveryError) -> (whole: Set<WALSegment>, pieces: [WALSegment: [ObjectKey]]) {
        let first = WALSegment(timeline: timeline, holding: position, size: size)
        // Without its last digit a name stands before its own and a few others.
        let before = ObjectKey(String("\(folder(timeline))\(first)".dropLast()))
        var whole: Set<WALSegment> = []
        var pieces: [WALSegment: [ObjectKey]] = [:]
        for key in try await names(folder(timeline), after: before) {
            let parts = key.description.split(separator: "/")
            if parts.count == 4, let segment = WALSegment(parts[3]) {
                whole.insert(segment)
            } else if parts.count == 5, parts[3].hasSuffix(".part"), let segment = WALSegment(parts[3].dropLast(5)) {
                pieces[segment, default: []].append(key)
            }
        }
        return (whole, pieces)
    }

    /// What the archive has of one timeline from about a position on; lists no more than that.
    public func coverage(
        of timeline: UInt32,
        from position: LSN,
        segmentSize: Int
    ) async throws(RecoveryError) -> WALCoverage {
        let (whole, pieces) = try await log(of: timeline, from: position, size: segmentSize)
        return WALCoverage(
            segmentSize: segmentSize,
            segments: whole,
            pieces: pieces.mapValues { $0.compactMap { Self.piece($0.name) } }
        )
    }

    /// All that the archive has, for finding gaps.
    public func coverage(segmentSize: Int) async throws(RecoveryError) -> (WALCoverage, histories: [TimelineHistory]) {
        var segments: Set<WALSegment> = []
        var pieces: [WALSegment: [Range<Int>]] = [:]
        var histories: [TimelineHistory] = []
        for key in try await names("\(system)/wal/") {
            let parts = key.description.split(separator: "/")
            if parts.count == 4, let name = WALFileName(String(parts[3])) {
                switch name {
                case .segment(let segment): segments.insert(segment)
                case .history(let timeline):
                    let text = String(decoding: try await get(key), as: UTF8.self)
                    histories.append(try TimelineHistory(of: timeline, text))
                case .partial, .backup: continue
                }
            } else if parts.count == 5, parts[3].hasSuffix(".part"), let segment = WALSegment(parts[3].dropLast(5)),
                let piece = Self.piece(parts[4])
            {
                pieces[segment, default: []].append(piece)
            }
        }
        return (WALCoverage(segmentSize: segmentSize, segments: segments, pieces: pieces), histories)
    }
}
