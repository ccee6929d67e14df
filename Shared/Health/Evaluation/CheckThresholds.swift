// SPDX-License-Identifier: Apache-2.0
// Martlet: how many findings it takes to believe in a change.

/// When a check opens, closes, and counts as flapping.
public struct CheckThresholds: Sendable, Hashable {
    /// Bad findings in a row before the check is believed to be bad; 1...20, default 2.
    public var failures = 2
    /// Good findings in a row before it is believed to be well again; 1...20, default 2.
    public var successes = 2
    /// The share of changes among the last findings from which on it flaps; default 0.3. Recent changes weigh more.
    public var flapEnter = 0.3
    /// The share below which it no longer flaps; default 0.15.
    public var flapLeave = 0.15

    /// The defaults.
    public init() {}
}
