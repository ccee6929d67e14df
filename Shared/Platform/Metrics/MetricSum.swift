// SPDX-License-Identifier: Apache-2.0
// Martlet: a sum of fractions that only grows, such as seconds or joules.

/// A counter of fractional amounts; safe from any thread.
public final class MetricSum: Sendable {
    private let number = AtomicDouble(0)

    init() {}

    /// Adds an amount; what is negative, infinite or not a number is ignored.
    public func add(_ amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        number.add(amount)
    }

    /// The sum now.
    public var value: Double { number.value }

    func reset() { number.value = 0 }
}
