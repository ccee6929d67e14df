// SPDX-License-Identifier: Apache-2.0
// Martlet: the first bytes of a segment, which say where it belongs (access/xlog_internal.h states the layout).
internal import Postgres

/// What a segment says of itself.
struct WALHeader: Hashable, Sendable {
    /// Bytes that are read.
    static let size = 40

    /// The timeline on which the first page was written: a new timeline's first segment begins with a copy.
    let timeline: UInt32
    let start: LSN
    let system: SystemID
    let segmentSize: Int

    /// Reads a header.
    /// - Throws: `.damaged` when it is none.
    init(_ bytes: [UInt8], of name: String) throws(RecoveryError) {
        guard bytes.count >= Self.size else {
            throw RecoveryError(.damaged, "\(name) has only \(bytes.count) bytes")
        }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[offset + $1]) }
        }
        // The magic's upper byte has been the same since 9.0; the lower one counts versions. Flag 2: a long header.
        guard number(1, 1) == 0xD1, number(2, 2) & 2 == 2 else {
            throw RecoveryError(.damaged, "\(name) doesn't begin as a segment of the log does")
        }
        timeline = UInt32(number(4, 4))
        start = LSN(number(8, 8))
        system = SystemID(number(24, 8))
        segmentSize = Int(number(32, 4))
        guard Self.isSegmentSize(segmentSize) else {
            throw RecoveryError(.damaged, "\(name) states segments of \(segmentSize) bytes")
        }
    }

    /// A power of two from 1 MiB to 1 GiB.
    static func isSegmentSize(_ size: Int) -> Bool {
        (1 << 20...1 << 30).contains(size) && size & (size - 1) == 0
    }

    /// Checks that a whole segment belongs where its name says, and to the right cluster.
    /// - Throws: `.wrongSystem`, `.damaged`.
    static func check(_ bytes: [UInt8], is segment: WALSegment, of system: SystemID) throws(RecoveryError) {
        let header = try WALHeader(bytes, of: segment.description)
        guard header.system == system else {
            throw RecoveryError(
                .wrongSystem,
                "\(segment) is of system \(header.system), and this is the archive of system \(system)"
            )
        }
        guard bytes.count == header.segmentSize else {
            throw RecoveryError(.damaged, "\(segment) has \(bytes.count) bytes instead of \(header.segmentSize)")
        }
        guard header.start == segment.start(size: header.segmentSize), header.timeline <= segment.timeline else {
            throw RecoveryError(
                .damaged,
                "\(segment) holds the log from \(header.start) of timeline \(header.timeline)"
            )
        }
    }
}
