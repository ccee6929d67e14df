// SPDX-License-Identifier: Apache-2.0
// Martlet: threads for file calls, so that a slow disk holds up nothing but its own store.
internal import NIOCore
internal import NIOPosix

/// A few threads that run blocking calls; a call that takes too long is given up, though its thread stays in it.
final class FileThreads: Sendable {
    private let pool: NIOThreadPool
    private let limit: Duration

    /// Starts the threads.
    init(count: Int, limit: Duration) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
        self.limit = limit
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Runs a call to its end or to the limit, whichever comes first.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileTrouble) -> Value
    ) async throws(FileTrouble) -> Value {
        guard !Task.isCancelled else { throw .own(.cancelled, "the caller was cancelled") }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = loop.makePromise(of: Value.self)
        let (limit, late) = (limit, FileTrouble.own(.unavailable, "the disk took longer than \(limit)"))
        let alarm = loop.scheduleTask(in: TimeAmount(limit)) { promise.fail(late) }
        pool.submit { state in
            guard case .active = state else { return promise.fail(FileTrouble.own(.cancelled, "the store is closed")) }
            do throws(FileTrouble) { promise.succeed(try body()) } catch { promise.fail(error) }
        }
        defer { alarm.cancel() }
        do { return try await promise.futureResult.get() } catch {
            throw error as? FileTrouble ?? .own(.unavailable, "\(error)")
        }
    }
}
