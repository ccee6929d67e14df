// SPDX-License-Identifier: Apache-2.0
// Martlet: the rules of an adaptive concurrency limit.

/// How a concurrency limit finds its value.
public struct AdaptiveLimitConfiguration: Sendable, Hashable {
    /// The lowest limit; default 4.
    public var minimum = 4
    /// The highest limit; default 1,000.
    public var maximum = 1000
    /// The limit before anything was measured; default 20.
    public var initial = 20
    /// Latency may rise to this many times that of an unloaded service before the limit falls; default 1.5.
    public var tolerance = 1.5
    /// How much of each window's verdict is taken over; default 0.2.
    public var smoothing = 0.2
    /// A window lasts at least this long; default 100 ms.
    public var windowDuration: Duration = .milliseconds(100)
    /// And has at least this many samples; default 10.
    public var windowSamples = 10
    /// The limit is multiplied by this when calls of a window were dropped; default 0.9.
    public var dropFactor = 0.9
    /// How often the unloaded latency is measured anew, at a quarter of the limit for two windows; default 30 s.
    public var probeInterval: Duration = .seconds(30)

    /// The defaults.
    public init() {}
}
