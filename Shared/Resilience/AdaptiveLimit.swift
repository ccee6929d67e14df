// SPDX-License-Identifier: Apache-2.0
// Martlet: finds a concurrency limit from latencies: a gradient against the unloaded latency. No clock, no lock, no
// I/O.

/// The limit as a value; time and samples come in as arguments.
///
/// Each window compares its mean latency with the unloaded one: limit x clamp(tolerance x unloaded / measured, 0.5...1)
/// + sqrt(limit), smoothed.
/// The baseline is a measured minimum and not a long average (as Gradient2 has it): an average follows a lasting
/// overload, and the limit
/// would then creep up for ever. So that the baseline can rise when the service itself became slower, it is measured
/// anew from time to
/// time with a quarter of the limit, when the queue that the limit allowed is gone.
public struct AdaptiveLimit: Sendable {
    /// How a call went.
    public enum Outcome: Sendable {
        /// Its latency counts.
        case success
        /// It was refused or timed out under load: the limit falls.
        case dropped
        /// It says nothing (cancelled, failed early).
        case ignored
    }

    /// A probe takes two windows at a quarter of the limit: in the first the queue drains, the second is measured.
    private enum Probe {
        case none
        case draining
        case measuring
    }

    let configuration: AdaptiveLimitConfiguration
    private var estimate: Double
    private(set) var baseline: Duration?
    private var probe = Probe.none
    private var nextProbe: ContinuousClock.Instant
    private var windowStart: ContinuousClock.Instant
    private var samples = 0
    private var total = Duration.zero
    private var drops = 0
    private var mostInFlight = 0

    /// Starts at the initial limit.
    public init(_ configuration: AdaptiveLimitConfiguration, now: ContinuousClock.Instant) {
        self.configuration = configuration
        estimate = Double(configuration.initial)
        windowStart = now
        nextProbe = now + configuration.probeInterval
        estimate = clamp(estimate)
    }

    /// How many calls may be in flight now, `minimum...maximum`.
    public var limit: Int {
        probe == .none ? Int(estimate) : max(configuration.minimum, Int(estimate / 4))
    }

    /// Adds a finished call; `inFlight` counts this one too.
    public mutating func record(
        _ outcome: Outcome,
        latency: Duration,
        inFlight: Int,
        now: ContinuousClock.Instant
    ) {
        mostInFlight = max(mostInFlight, inFlight)
        switch outcome {
        case .success:
            samples += 1
            total += max(.nanoseconds(1), latency)
        case .dropped: drops += 1
        case .ignored: return
        }
        guard now - windowStart >= configuration.windowDuration,
            samples + drops >= configuration.windowSamples
        else { return }
        endWindow(now)
        windowStart = now
        (samples, total, drops, mostInFlight) = (0, .zero, 0, 0)
    }

    private mutating func endWindow(_ now: ContinuousClock.Instant) {
        let step = probe
        probe = .none
        if drops > 0 {
            estimate = clamp(estimate * configuration.dropFactor)
            return
        }
        let measured = total / samples
        if step == .draining {
            probe = .measuring
            return
        }
        if step == .measuring {
            baseline = measured
            nextProbe = now + configuration.probeInterval
            return
        }
        let unloaded = min(baseline ?? measured, measured)
        baseline = unloaded
        if now >= nextProbe { probe = .draining }
        // A limit that is not used proves nothing about a higher one.
        let gradient = min(1, max(0.5, configuration.tolerance * (unloaded / measured)))
        if gradient >= 1, Double(mostInFlight) < estimate / 2 { return }
        let target = estimate * gradient + estimate.squareRoot()
        estimate = clamp(estimate * (1 - configuration.smoothing) + target * configuration.smoothing)
    }

    private func clamp(_ value: Double) -> Double {
        min(Double(configuration.maximum), max(Double(max(1, configuration.minimum)), value))
    }
}
