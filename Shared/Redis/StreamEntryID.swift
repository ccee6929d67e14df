// SPDX-License-Identifier: Apache-2.0
// Martlet: the id of a stream entry.

public import NIOCore

/// The id of an entry in a Redis stream: a time and a sequence number.
public struct StreamEntryID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970, by the server's clock.
    public var milliseconds: UInt64
    /// Number within the millisecond.
    public var sequence: UInt64

    /// The smallest id, `0-0`, which no entry has.
    public static let zero = StreamEntryID(milliseconds: 0, sequence: 0)
    /// The biggest id.
    public static let max = StreamEntryID(milliseconds: .max, sequence: .max)

    /// Makes an id of its two parts.
    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Reads `milliseconds-sequence`, or `milliseconds` alone; nil for anything else.
    public init?(_ text: String) {
        self.init(utf8: text.utf8)
    }

    /// Reads the readable bytes of a buffer; nil when they are not an id.
    public init?(_ buffer: ByteBuffer) {
        self.init(utf8: buffer.readableBytesView)
    }

    private init?(utf8: some Sequence<UInt8>) {
        var parts: (UInt64, UInt64) = (0, 0)
        var digits = 0
        var isSecond = false
        for byte in utf8 {
            if byte == UInt8(ascii: "-"), !isSecond, digits > 0 {
                isSecond = true
                digits = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let digit = UInt64(byte - UInt8(ascii: "0"))
            let (product, overflowed) = (isSecond ? parts.1 : parts.0).multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(digit)
            guard !overflowed, !carried else { return nil }
            if isSecond { parts.1 = sum } else { parts.0 = sum }
            digits += 1
        }
        guard digits > 0 else { return nil }
        milliseconds = parts.0
        sequence = parts.1
    }

    /// The id as Redis writes it.
    public var description: String { "\(milliseconds)-\(sequence)" }

    /// The next id, or nil after the biggest one; the start of an exclusive range.
    public var successor: StreamEntryID? {
        if sequence < .max { return StreamEntryID(milliseconds: milliseconds, sequence: sequence + 1) }
        if milliseconds < .max { return StreamEntryID(milliseconds: milliseconds + 1, sequence: 0) }
        return nil
    }

    /// Orders ids as the stream does.
    public static func < (left: StreamEntryID, right: StreamEntryID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}
