// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps what a Redis probe needs for its connections, so that TLS files are read once and not at each run.
internal import Logging
internal import NIOCore
internal import Redis
internal import Synchronization

/// The client of the latest time-out; it makes connections and holds none itself.
final class RedisClientShelf: Sendable {
    private let latest = Mutex<(timeout: Duration, client: RedisClient)?>(nil)

    func client(
        _ configuration: RedisConfiguration,
        _ timeout: Duration,
        _ group: any EventLoopGroup
    ) throws(RedisError) -> RedisClient {
        if let client = latest.withLock({ $0?.timeout == timeout ? $0?.client : nil }) { return client }
        var configuration = configuration
        configuration.clientName = "martlet-health"
        configuration.connectTimeout = timeout
        configuration.commandTimeout = timeout
        let logger = Logger(label: "health.redis") { _ in SwiftLogNoOpLogHandler() }
        let client = try RedisClient(configuration: configuration, logger: logger, eventLoopGroup: group)
        latest.withLock { $0 = (timeout, client) }
        return client
    }
}
