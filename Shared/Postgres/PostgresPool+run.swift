// SPDX-License-Identifier: Apache-2.0
// Martlet: keeping a pool's connections open until shutdown.

import Logging
import ServiceLifecycle
import Synchronization

extension PostgresPool {
    /// Connects, reconnects after losses, and closes everything at graceful shutdown or cancellation.
    /// Calls in flight at shutdown may finish within `drainTimeout`.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            for index in 0..<configuration.connections {
                group.addTask { await self.keepOpen(on: self.loops[index % self.loops.count]) }
            }
        }
        refuseCalls()
    }

    private func refuseCalls() {
        for waiter in state.withLock({ $0.close() }) {
            waiter.resume(returning: .failure(PostgresError(.closed, "the pool was closed")))
        }
    }

    private func keepOpen(on loop: EventLoop) async {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(self.configuration.minBackoff, self.configuration.maxBackoff)
            while !Task.isCancelled {
                do throws(PostgresError) {
                    let connection = try await PostgresConnection.connect(
                        self.configuration.connection,
                        on: loop,
                        window: self.configuration.window,
                        limit: self.configuration.maxPending
                    )
                    self.logger.debug("connected", metadata: ["pid": "\(connection.serverProcessID)"])
                    backoff.reset()
                    await self.serve(connection)
                } catch {
                    guard error.code != .cancelled else { break }
                    self.state.withLock { $0.failed(error) }
                    self.logger.warning("connecting to the database failed", metadata: ["error": "\(error)"])
                }
                // A server that accepts and drops at once must not be hammered either.
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    /// Offers the connection to callers until it ends.
    private func serve(_ connection: PostgresConnection) async {
        let (granted, isRefused) = state.withLock { $0.add(connection) }
        for waiter in granted { waiter.resume(returning: .success(connection)) }
        guard !isRefused else { return await connection.close() }
        let reason = await withTaskCancellationHandler {
            await connection.ended()
        } onCancel: {
            refuseCalls()
            connection.beginClosing(deadline: configuration.drainTimeout)
        }
        state.withLock { $0.remove(connection) }
        guard reason.code != .closed else { return }
        logger.warning("lost a database connection", metadata: ["error": "\(reason)"])
    }
}

/// Pauses that double, each with jitter so that a fleet does not return in step.
struct Backoff {
    private let first: Duration
    private let limit: Duration
    private var current: Duration

    init(_ first: Duration, _ limit: Duration) {
        self.first = first
        self.limit = limit
        current = first
    }

    /// Between half of and the whole current pause.
    mutating func next() -> Duration {
        defer { current = min(current * 2, limit) }
        return current * Double.random(in: 0.5...1)
    }

    mutating func reset() { current = first }
}
