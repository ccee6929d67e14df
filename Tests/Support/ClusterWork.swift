// SPDX-License-Identifier: Apache-2.0
// Martlet: kinds of load. The arguments of every job are unlike all others', so that each row is known to be one request's.

import Synchronization

/// Makes requests.
public struct ClusterWork: Sendable {
    private static let numbers = Atomic<Int>(1)

    /// Makes one request.
    public let next: @Sendable (inout ClusterDice) -> ClusterRequest

    /// Creates a kind of load.
    public init(_ next: @escaping @Sendable (inout ClusterDice) -> ClusterRequest) { self.next = next }

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

    /// Every way in: single jobs, some with an idempotency key, and batches; mostly no-ops, some short sleeps.
    public static let mixed = ClusterWork { dice in
        switch dice.roll(0...19) {
        case 0...11: return .job("noop", args: uniqueArgs())
        case 12...14:
            let args = uniqueArgs()
            return .job("noop", args: args, key: "key-\(unique())")
        case 15...16: return .batch("noop", args: (0..<dice.roll(1...20)).map { _ in uniqueArgs() })
        case 17:
            return .batch("noop", args: (0..<dice.roll(1...20)).map { _ in uniqueArgs() }, key: "batch-\(unique())")
        default: return .job("sleep", args: sleepArgs(milliseconds: dice.roll(5...150)))
        }
    }

    /// Mixed load with more jobs that take a while, so that a worker always has some in hand.
    public static func sleeps(milliseconds: ClosedRange<Int>) -> ClusterWork {
        ClusterWork { dice in
            guard dice.isOne(in: 3) else { return mixed.next(&dice) }
            return .job("sleep", args: sleepArgs(milliseconds: dice.roll(milliseconds)))
        }
    }
}
