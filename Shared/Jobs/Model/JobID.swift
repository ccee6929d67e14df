// SPDX-License-Identifier: Apache-2.0
// A job's name in the ledger: milliseconds since 1970 in the upper 43 bits, a sequence in the lower 20.

/// A job's identifier: a positive 64-bit number ordered by the time of the job's acceptance.
public struct JobID: RawRepresentable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// How many low bits hold the sequence.
    static let sequenceBits: Int64 = 20

    /// The number that the ledger stores.
    public let rawValue: Int64

    /// Wraps a number that came from the ledger.
    public init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// Reads the decimal form that the HTTP interface shows; nil when the text is anything else.
    public init?(_ text: some StringProtocol) {
        guard let number = Int64(text), number > 0, text.first != "+" else { return nil }
        rawValue = number
    }

    /// When the ledger accepted the job, in milliseconds since 1970.
    public var acceptedAtMilliseconds: Int64 { rawValue >> Self.sequenceBits }

    /// The decimal form; a string, since JSON readers with 53-bit numbers would round it.
    public var description: String { String(rawValue) }

    /// Orders by time of acceptance.
    public static func < (left: JobID, right: JobID) -> Bool { left.rawValue < right.rawValue }
}
