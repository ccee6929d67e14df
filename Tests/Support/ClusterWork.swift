// SPDX-License-Identifier: Apache-2.0
// Martlet: kinds of load. The arguments of every job are unlike all others', so that each row is known to be one request's.

import Synchronization

/// Makes requests.
public struct ClusterWork: Sendable {
    private static let numbers = Atomic<Int>(1)

    /// Makes one request.
    public let next: @Sendable (inout ClusterDice) -> ClusterRequest

    /// Creates a kind of load.
    public init(_ next: @escaping @Sendable (inout ClusterDice) -> ClusterRequest) {
        self.next = next
    }

    /// Arguments that no other job has, for kinds that take any.
    public static func uniqueArgs() -> String { "{\"n\":\"\(unique())\"}" }

    /// Arguments of a `sleep` that no other job has.
    public static func sleepArgs(milliseconds: Int) -> String {
        let fraction = String(unique() % 1_000_000 + 1_000_000).dropFirst()
        let thousandths = String(milliseconds % 1_000 + 1_000).dropFirst()
        return "{\"seconds\":\(milliseconds / 1_000).\(thousandths)\(fraction)}"
    }

    private static func unique() -> Int { numbers.add(1, ordering: .relaxed).newValue }

    /// No-op jobs, one to a request.
    public static let noops = ClusterWork { _ in .job("noop", args: uniqueArgs()) }

    /// No-op jobs that become due a moment later: the leading worker puts them on the bus.
    public static let delayed = ClusterWork { dice in
        .job("noop", args: uniqueArgs(), fields: "\"delay\":\"PT0.\(dice.roll(1...4))S\"")
    }

    /// Every way in: single jobs of all priorities, delayed ones, some with an idempotency key, and batches; mostly no-ops, some short sleeps.
    public static let mixed = ClusterWork { dice in
        switch dice.roll(0...19) {
        case 0...7: return .job("noop", args: uniqueArgs())
        case 8...9: return .job("noop", args: uniqueArgs(), fields: "\"priority\":\(dice.roll(0...9))")
        case 10...11: return delayed.next(&dice)
        case 12...14: return .job("noop", args: uniqueArgs(), key: "key-\(unique())")
        case 15...16: return .batch("noop", args: (0..<dice.roll(1...20)).map { _ in uniqueArgs() })
        case 17:
            return .batch(
                "noop",
                args: (0..<dice.roll(1...20)).map { _ in uniqueArgs() },
                key: "key-\(unique())"
            )
        default: return .job("sleep", args: sleepArgs(milliseconds: dice.roll(5...150)))
        }
    }

    /// One in `count` jobs takes a while, so that workers always have some in hand; the others are of another kind of load.
    public static func sleeps(milliseconds: ClosedRange<Int>, oneIn count: Int, others: ClusterWork)
        -> ClusterWork
    {
        ClusterWork { dice in
            guard dice.isOne(in: count) else { return others.next(&dice) }
            return .job("sleep", args: sleepArgs(milliseconds: dice.roll(milliseconds)))
        }
    }
}
