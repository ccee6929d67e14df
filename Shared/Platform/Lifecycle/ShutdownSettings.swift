// SPDX-License-Identifier: Apache-2.0
// Martlet: how long a shutdown may take.

/// The time limits of a shutdown, from the signal on.
public struct ShutdownSettings: Sendable, Hashable {
    /// Time for everything that is graceful, drain delay included; default 25 s, for Kubernetes kills after 30 s.
    public var gracefulTimeout: Duration
    /// Time for services to end after they were cancelled; then the process exits with code 75. Default 5 s.
    public var cancellationTimeout: Duration
    /// How long to keep serving after readiness went off at SIGTERM, so that load balancers notice; default 0 s. SIGINT
    /// skips it.
    public var drainDelay: Duration

    /// The defaults, or other values, without a reader.
    public init(
        gracefulTimeout: Duration = .seconds(25),
        cancellationTimeout: Duration = .seconds(5),
        drainDelay: Duration = .zero
    ) {
        self.gracefulTimeout = gracefulTimeout
        self.cancellationTimeout = cancellationTimeout
        self.drainDelay = drainDelay
    }

    /// Reads `MARTLET_SHUTDOWN_TIMEOUT`, `MARTLET_CANCELLATION_TIMEOUT` and `MARTLET_DRAIN_DELAY`, which must be below
    /// the first.
    public init(_ reader: SettingsReader) {
        let hour = Duration.seconds(3600)
        gracefulTimeout = reader.duration(
            "MARTLET_SHUTDOWN_TIMEOUT",
            default: .seconds(25),
            in: .milliseconds(100)...hour
        )
        cancellationTimeout = reader.duration(
            "MARTLET_CANCELLATION_TIMEOUT",
            default: .seconds(5),
            in: .milliseconds(100)...hour
        )
        drainDelay = reader.duration("MARTLET_DRAIN_DELAY", default: .zero, in: .zero...hour)
        if drainDelay >= gracefulTimeout {
            reader.report(
                "MARTLET_DRAIN_DELAY",
                problem: "\(ISODuration.format(drainDelay)) leaves nothing of MARTLET_SHUTDOWN_TIMEOUT",
                allowed: "less than \(ISODuration.format(gracefulTimeout))"
            )
        }
    }
}
