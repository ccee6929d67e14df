// SPDX-License-Identifier: Apache-2.0
// Martlet: tells a target that comes and goes from one that is ill or well.

/// The weighted share of changes among the last findings, as Nagios defines it: of 21 findings, 20 changes are possible; the oldest weighs 0.8 and the
/// newest 1.2 (https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/flapping.html).
struct FlapDetector: Sendable {
    /// Findings looked at.
    static let window = 21

    /// The last findings, newest in the lowest bit; 1 is bad.
    private var bits: UInt32 = 0
    private var count = 0
    /// Whether the target flaps.
    private(set) var isFlapping = false

    /// The weighted share of changes, 0...1; findings not made yet count as no change.
    var share: Double {
        guard count > 1 else { return 0 }
        var sum = 0.0
        for age in 0..<(count - 1) where (bits >> age) & 1 != (bits >> (age + 1)) & 1 {
            sum += 1.2 - 0.4 * Double(age) / Double(Self.window - 2)
        }
        return sum / Double(Self.window - 1)
    }

    /// Takes a finding in.
    mutating func take(isBad: Bool, _ thresholds: CheckThresholds) {
        bits = ((bits << 1) | (isBad ? 1 : 0)) & ((1 << Self.window) - 1)
        count = min(count + 1, Self.window)
        isFlapping = share >= (isFlapping ? thresholds.flapLeave : thresholds.flapEnter)
    }
}
