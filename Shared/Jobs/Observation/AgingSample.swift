// SPDX-License-Identifier: Apache-2.0
// Something that was read a while ago, to be shown until it is too old.

/// A value and when it was read.
struct AgingSample<Value: Sendable>: Sendable {
    /// The value.
    var value: Value
    private let takenAt = ContinuousClock.now

    /// Older ones are not shown: an absent metric says more than a stale one.
    private static var longestUse: Duration { .seconds(60) }

    init(_ value: Value) {
        self.value = value
    }

    /// How old it is, unless it is too old to be shown.
    var age: Duration? {
        let age = ContinuousClock.now - takenAt
        return age < Self.longestUse ? age : nil
    }
}
