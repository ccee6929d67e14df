// SPDX-License-Identifier: Apache-2.0
// Martlet: a value that rises and falls.

/// A gauge; safe from any thread.
public final class MetricGauge: Sendable {
    private let number = AtomicDouble(0)

    init() {}

    /// Sets the value.
    public func set(_ value: Double) { number.value = value }
    /// Sets the value.
    public func set(_ value: Int) { number.value = Double(value) }
    /// Adds to the value; negative numbers subtract.
    public func add(_ amount: Double) { number.add(amount) }
    /// The value now.
    public var value: Double { number.value }
}
