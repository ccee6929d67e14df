// SPDX-License-Identifier: Apache-2.0
// Martlet: something that can look at one target.

/// Looks at one target, as often as it is asked to.
public protocol Probe: Sendable {
    /// Looks once; never throws, returns by the timeout (give or take 50 ms), and ends early when its task is cancelled.
    func run(timeout: Duration) async -> ProbeResult
}
