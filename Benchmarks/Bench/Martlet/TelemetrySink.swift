// SPDX-License-Identifier: Apache-2.0
// Martlet: what telemetry is sent to in a measurement: a collector that takes every span, and a scraper of metrics.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Takes posts of spans on a port of its own, and asks each program for its metrics every five seconds.
final class TelemetrySink: Sendable {
    /// What it has seen.
    struct Counts: Sendable {
        var posts = 0
        var postedBytes = 0
        var scrapes = 0
        var failedScrapes = 0
    }

    /// A third of what Prometheus is given here, so that a round of seconds sees some.
    private static let scrapeInterval: Duration = .seconds(5)

    let port: Int
    private let counted = Mutex(Counts())
    private let scraped = Mutex<Set<Int>>([])

    private init(port: Int) {
        self.port = port
    }

    var counts: Counts { counted.withLock { $0 } }

    /// Adds a program's port to those that are scraped; one whose program has ended fails, and is counted so.
    func scrape(_ port: Int) { scraped.withLock { _ = $0.insert(port) } }

    func forget(_ port: Int) { scraped.withLock { _ = $0.remove(port) } }

    func took(_ bytes: Int) {
        counted.withLock {
            $0.posts += 1
            $0.postedBytes += bytes
        }
    }

    /// Runs `body` while it listens and scrapes.
    static func with<Value: Sendable>(
        _ lab: Lab,
        _ body: (TelemetrySink) async throws -> Value
    ) async throws -> Value {
        let sink = TelemetrySink(port: try FreePort.find())
        let channel = try await ServerBootstrap(group: lab.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(TelemetrySinkHandler(sink))
                }
            }
            .bind(host: "127.0.0.1", port: sink.port).get()
        let value: Value
        do {
            value = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sink.keepScraping(lab) }
                defer { group.cancelAll() }
                return try await body(sink)
            }
        } catch {
            try? await channel.close().get()
            throw error
        }
        try await channel.close().get()
        return value
    }

    private func keepScraping(_ lab: Lab) async throws {
        while true {
            try await Task.sleep(for: Self.scrapeInterval)
            for port in scraped.withLock({ $0 }) {
                let isRead = await Self.reads(port, lab)
                counted.withLock {
                    if isRead { $0.scrapes += 1 } else { $0.failedScrapes += 1 }
                }
            }
        }
    }

    private static func reads(_ port: Int, _ lab: Lab) async -> Bool {
        guard let connection = try? await HTTPConnection.open(port: port, on: lab.group) else { return false }
        let answer = try? await connection.exchange(HTTPRequestBytes.get("/metrics", port: port), within: .seconds(5))
        await connection.close()
        return answer?.status == 200
    }
}
