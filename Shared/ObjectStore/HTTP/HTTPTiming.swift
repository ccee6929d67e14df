// SPDX-License-Identifier: Apache-2.0
// Martlet: how long the steps of an HTTP exchange may take.

/// Limits on waiting, so that no call hangs.
public struct HTTPTiming: Sendable, Hashable {
    /// Time to make a connection, TLS included; default 10 s.
    public var connect: Duration = .seconds(10)
    /// Silence on a connection that has work; default 30 s.
    public var silence: Duration = .seconds(30)
    /// Time for one attempt of a small call, its answer included; default 60 s.
    public var attempt: Duration = .seconds(60)
    /// Bytes a second below which a transfer is given up, on top of ``attempt``; default 64 KiB.
    public var slowest: Int = 64 << 10
    /// Time for a call, after which no other attempt begins; default 5 min, and longer for bytes that take longer.
    public var call: Duration = .seconds(300)

    /// The defaults.
    public init() {}

    /// Time for one attempt that transfers bytes.
    func attempt(bytes: Int) -> Duration { attempt + .seconds(bytes / max(1, slowest)) }
}
