// SPDX-License-Identifier: Apache-2.0
// Martlet: what to store of the log that streams in, and when; does no I/O.
internal import Postgres

/// Gathers the log into segments and says which pieces are due.
struct WALAssembly {
    /// Something to store; then ``WALAssembly/done(_:)``.
    enum Job: Hashable {
        /// Bytes of an unfinished segment.
        case piece(WALSegment, Range<Int>, [UInt8])
        /// The same bytes as some pieces, which go then.
        case join(WALSegment, Range<Int>, [UInt8], replaces: [Range<Int>])
        /// A whole segment, which replaces all its pieces.
        case segment(WALSegment, [UInt8])
    }

    /// When pieces are due.
    struct Rules: Hashable, Sendable {
        /// The oldest byte that is not stored waits at most so long.
        var interval: Duration = .seconds(1)
        /// So many bytes don't wait.
        var pieceSize = 4 << 20
        /// No byte waits: commits do.
        var isImmediate = false
        /// So many small pieces are joined.
        var smallPieces = 32
        /// What counts as small.
        var smallSize = 1 << 20
    }

    let segmentSize: Int
    let rules: Rules
    /// All bytes before are here.
    private(set) var received: LSN
    /// All bytes before are stored.
    private(set) var stored: LSN

    private var segment: WALSegment
    private var bytes: [UInt8]
    private var storedBytes: Int
    private var pieces: [Range<Int>]
    private var oldest: ContinuousClock.Instant?
    private var whole: [(segment: WALSegment, bytes: [UInt8])] = []

    /// Begins in a segment of which `bytes` are stored in `pieces`.
    init(_ segment: WALSegment, size: Int, bytes: [UInt8], pieces: [Range<Int>], rules: Rules) {
        segmentSize = size
        self.segment = segment
        self.bytes = bytes
        self.pieces = pieces
        self.rules = rules
        storedBytes = bytes.count
        received = (segment.start(size: size) ?? .none) + bytes.count
        stored = received
    }

    /// Bytes that are here and not stored.
    var waiting: Int { Int(received.value - stored.value) }

    /// Takes what follows.
    /// - Throws: `.damaged` when it doesn't follow.
    mutating func take(_ start: LSN, _ new: [UInt8], now: ContinuousClock.Instant) throws(RecoveryError) {
        guard start == received else {
            throw RecoveryError(.damaged, "the server's log goes on at \(start) and not at \(received)")
        }
        var position = 0
        while position < new.count {
            if oldest == nil { oldest = now }
            let count = min(segmentSize - bytes.count, new.count - position)
            if bytes.isEmpty { bytes.reserveCapacity(segmentSize) }
            bytes.append(contentsOf: new[position..<(position + count)])
            position += count
            guard bytes.count == segmentSize else { continue }
            whole.append((segment, bytes))
            (segment, bytes, storedBytes, pieces) = (segment.next(size: segmentSize), [], 0, [])
            oldest = now
        }
        received = received + new.count
    }

    /// What is due; nil: nothing.
    /// - Parameter isLast: the log pauses or ends: everything is due.
    func next(now: ContinuousClock.Instant, isLast: Bool = false) -> Job? {
        if let first = whole.first { return .segment(first.segment, first.bytes) }
        let small = pieces.reversed().prefix { $0.count < rules.smallSize }
        if small.count >= rules.smallPieces, let first = small.last, let last = small.first {
            let range = first.lowerBound..<last.upperBound
            return .join(segment, range, Array(bytes[range]), replaces: small.reversed())
        }
        let count = bytes.count - storedBytes
        guard count > 0 else { return nil }
        let isDue = isLast || rules.isImmediate || count >= rules.pieceSize || wait(now: now) == .zero
        guard isDue else { return nil }
        let range = storedBytes..<bytes.count
        return .piece(segment, range, Array(bytes[range]))
    }

    /// How long until the oldest byte is due; nil when all is stored.
    func wait(now: ContinuousClock.Instant) -> Duration? {
        guard waiting > 0, let oldest else { return nil }
        return max(.zero, oldest + rules.interval - now)
    }

    /// A job's bytes are durable in the store.
    mutating func done(_ job: Job, now: ContinuousClock.Instant) {
        switch job {
        case .piece(let segment, let range, _):
            stored = (segment.start(size: segmentSize) ?? .none) + range.upperBound
            if segment == self.segment {
                pieces.append(range)
                storedBytes = range.upperBound
            }
        case .join(let segment, let range, _, let replaced):
            guard segment == self.segment else { break }
            pieces = (pieces.filter { !replaced.contains($0) } + [range]).sorted { $0.lowerBound < $1.lowerBound }
        case .segment(let segment, _):
            stored = max(stored, segment.next(size: segmentSize).start(size: segmentSize) ?? .none)
            whole.removeAll { $0.segment == segment }
        }
        oldest = waiting > 0 ? now : nil
    }
}
