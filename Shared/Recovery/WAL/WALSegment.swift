// SPDX-License-Identifier: Apache-2.0
// Martlet: a segment of the write-ahead log and its name.
public import Postgres

/// A segment: a file of the log, named by its timeline and number: `000000010000000A000000FF`.
public struct WALSegment: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The timeline.
    public let timeline: UInt32
    /// The name's middle: the position's upper half.
    let upper: UInt32
    /// The name's end: the number within the upper half.
    let lower: UInt32

    /// The segment of a size (a power of two from 1 MiB to 1 GiB) that holds a position.
    public init(timeline: UInt32, holding position: LSN, size: Int) {
        self.timeline = timeline
        upper = UInt32(position.value >> 32)
        lower = UInt32((position.value & 0xFFFF_FFFF) / UInt64(size))
    }

    /// Reads a name of 24 hexadecimal digits; nil if it is none.
    public init?(_ name: some StringProtocol) {
        guard name.utf8.count == 24, name.utf8.allSatisfy(Self.isDigit),
            let timeline = UInt32(name.prefix(8), radix: 16), timeline > 0,
            let upper = UInt32(name.dropFirst(8).prefix(8), radix: 16), let lower = UInt32(name.suffix(8), radix: 16)
        else { return nil }
        self.timeline = timeline
        self.upper = upper
        self.lower = lower
    }

    /// The name.
    public var description: String { Self.digits(timeline) + Self.digits(upper) + Self.digits(lower) }

    /// Where the segment begins; nil if no segment of this size has the name.
    public func start(size: Int) -> LSN? {
        guard UInt64(lower) * UInt64(size) <= 0xFFFF_FFFF else { return nil }
        return LSN(UInt64(upper) << 32 | UInt64(lower) * UInt64(size))
    }

    /// The one behind it, on the same timeline.
    public func next(size: Int) -> WALSegment {
        let last = UInt32(0x1_0000_0000 / UInt64(size) - 1)
        return lower >= last
            ? WALSegment(timeline: timeline, upper: upper &+ 1, lower: 0)
            : WALSegment(timeline: timeline, upper: upper, lower: lower + 1)
    }

    /// The same place on another timeline.
    public func on(_ timeline: UInt32) -> WALSegment {
        WALSegment(timeline: timeline, upper: upper, lower: lower)
    }

    init(timeline: UInt32, upper: UInt32, lower: UInt32) {
        self.timeline = timeline
        self.upper = upper
        self.lower = lower
    }

    /// Orders by timeline, then by place.
    public static func < (left: WALSegment, right: WALSegment) -> Bool {
        (left.timeline, left.upper, left.lower) < (right.timeline, right.upper, right.lower)
    }

    /// Upper-case, as PostgreSQL names files.
    static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
    }

    /// Eight digits.
    static func digits(_ value: UInt32) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}
