// SPDX-License-Identifier: Apache-2.0
// Martlet: a count that only grows.
internal import Synchronization

/// A counter of whole things; safe from any thread, a few nanoseconds an addition.
public final class MetricCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// Adds a number of things (default 1); negative numbers are ignored.
    public func add(_ amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// The count now.
    public var value: UInt64 { count.load(ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }
}
