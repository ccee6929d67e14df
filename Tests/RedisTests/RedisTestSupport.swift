// SPDX-License-Identifier: Apache-2.0
// Martlet: what the Redis tests share.

import Logging
import Redis
import ServiceLifecycle
import TestSupport
import Testing

/// Why a test that needs a server is skipped.
let needsSharedServer: Comment = "MARTLET_TEST_REDIS_URL is not set"
let needsOwnServer: Comment = "redis-server is not installed"

let quietLogger = Logger(label: "redis-tests") { _ in SwiftLogNoOpLogHandler() }

/// A configuration that outlives stalls and connects anew at once.
func testConfiguration(_ url: String, commandTimeout: Duration = patience) throws -> RedisConfiguration {
    var configuration = try RedisConfiguration(url: url)
    configuration.commandTimeout = commandTimeout
    configuration.connectTimeout = patience
    configuration.initialConnectWait = patience
    configuration.heartbeatInterval = patience
    configuration.backoff = RedisBackoff(base: .milliseconds(5), cap: .milliseconds(50))
    return configuration
}

/// Runs a client for the time of `body`.
func withClient<Result: Sendable>(
    _ configuration: RedisConfiguration,
    _ body: (RedisClient) async throws -> Result
) async throws -> Result {
    let client = try RedisClient(configuration: configuration, logger: quietLogger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

/// Runs a client on the shared server, with a key prefix whose keys are deleted afterwards.
func withSharedClient(_ body: (RedisClient, String) async throws -> Void) async throws {
    let prefix = TestRedis.uniquePrefix("redis")
    try await withClient(testConfiguration(try #require(TestRedis.sharedURL))) { client in
        let outcome: (any Error)?
        do {
            try await body(client, prefix)
            outcome = nil
        } catch { outcome = error }
        var cursor = "0"
        repeat {
            let page = try await client.send(RedisCommand("SCAN", cursor, "MATCH", "\(prefix)*", "COUNT", "1000"))
            cursor = page.array?.first?.string ?? "0"
            try await client.unlink(page.array?.last?.array?.compactMap(\.string) ?? [])
        } while cursor != "0"
        if let outcome { throw outcome }
    }
}

/// Calls `body` and returns the error it throws; records a failure when it throws none.
func redisError(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws(RedisError) -> some Any
) async throws -> RedisError {
    do throws(RedisError) {
        _ = try await body()
    } catch {
        return error
    }
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
    throw RedisError(.unexpectedReply, "no error was thrown")
}
