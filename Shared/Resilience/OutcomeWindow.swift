// SPDX-License-Identifier: Apache-2.0
// Martlet: the outcomes of the last N calls, with running totals.

/// A ring of outcomes; adding one costs the same whatever the size.
struct OutcomeWindow: Sendable {
    struct Outcome: Sendable, Equatable {
        var isFailure: Bool
        var isSlow: Bool
    }

    private var ring: [Outcome] = []
    private var next = 0
    private let size: Int
    private(set) var failures = 0
    private(set) var slow = 0

    init(size: Int) {
        self.size = max(1, size)
        ring.reserveCapacity(self.size)
    }

    var count: Int { ring.count }
    var failureRatio: Double { ring.isEmpty ? 0 : Double(failures) / Double(ring.count) }
    var slowRatio: Double { ring.isEmpty ? 0 : Double(slow) / Double(ring.count) }

    mutating func add(_ outcome: Outcome) {
        if ring.count < size {
            ring.append(outcome)
        } else {
            if ring[next].isFailure { failures -= 1 }
            if ring[next].isSlow { slow -= 1 }
            ring[next] = outcome
            next = (next + 1) % size
        }
        if outcome.isFailure { failures += 1 }
        if outcome.isSlow { slow += 1 }
    }

    mutating func removeAll() {
        ring.removeAll(keepingCapacity: true)
        (next, failures, slow) = (0, 0, 0)
    }
}
