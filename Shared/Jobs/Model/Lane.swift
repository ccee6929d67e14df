// SPDX-License-Identifier: Apache-2.0
// A lane: one queue at one priority; one stream on the bus, one range of the ledger's index.

/// One queue at one priority.
public struct Lane: RawRepresentable, Hashable, Sendable {
    /// The lane column of every row that is in flight, whatever its queue.
    static let inFlight: Int32 = -1
    /// The lane column of suspects: jobs over which workers were lost more than once, handed out one at a time.
    static let quarantine: Int32 = -2

    /// `queue * 10 + priority`.
    public let rawValue: Int32

    /// Wraps a number that came from the ledger.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The lane of a queue's jobs at a priority in 0...9.
    public init(queue: Int32, priority: Int16) {
        rawValue = queue * 10 + Int32(priority)
    }

    /// The queue's number in the ledger.
    public var queue: Int32 { rawValue / 10 }
    /// 0 goes first, 9 last.
    public var priority: Int { Int(rawValue % 10) }
}
