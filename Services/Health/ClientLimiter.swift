// SPDX-License-Identifier: Apache-2.0
// Martlet: how often one client may ask for what costs something.

internal import Platform
internal import Resilience
internal import Synchronization

/// A token bucket for each client address (each /64 of IPv6, which one household has); strangers beyond a bound share one.
final class ClientLimiter: Sendable {
    /// The most clients that have a bucket of their own.
    static let mostClients = 10_000

    private let rate: Double
    private let burst: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private struct State {
        var buckets: [String: TokenBucketState] = [:]
        /// When buckets were last looked through for those that are full again, which is work for all of them.
        var sweptAt: ContinuousClock.Instant?
    }

    /// `rate` requests a second, at most `burst` at once, for each client.
    init(rate: Double, burst: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.rate = rate
        self.burst = burst
        self.now = now
    }

    /// Lets a client pass and returns nil, or how long it must wait.
    func take(_ client: String?) -> Duration? {
        let now = now()
        return state.withLock { state in
            var key = Self.key(client)
            if state.buckets[key] == nil, state.buckets.count >= Self.mostClients {
                if state.sweptAt.map({ now - $0 >= .seconds(1) }) ?? true {
                    state.sweptAt = now
                    state.buckets = state.buckets.filter { $0.value.available(now: now) < burst }
                }
                if state.buckets.count >= Self.mostClients { key = "others" }
            }
            return state.buckets[key, default: TokenBucketState(rate: rate, burst: burst, now: now)].take(now: now)
        }
    }

    private static func key(_ client: String?) -> String {
        guard let client, let address = IPAddress(client) else { return "unknown" }
        if address.isIPv4 { return client }
        return IPAddress(bytes: Array(address.bytes.prefix(8)) + [UInt8](repeating: 0, count: 8))?.description ?? client
    }
}
