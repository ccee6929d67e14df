// SPDX-License-Identifier: Apache-2.0
// Martlet: one open connection to a Redis server.

internal import NIOCore
internal import Synchronization

/// One connection: callers of any thread queue commands, the event loop writes and reads.
///
/// All writes of one turn of the event loop leave in one flush. Closing is for ever; whoever owns it makes a new one.
final class RedisConnection: Sendable {
    typealias Pipeline = CommandPipeline<ReplyWaiter>

    let eventLoop: any EventLoop
    private let pipeline: Mutex<Pipeline>
    private let handler: NIOLoopBoundBox<RedisChannelHandler?>
    private let closed: EventLoopPromise<Void>
    private let closeReason = Mutex<RedisError?>(nil)

    init(eventLoop: any EventLoop, limits: Pipeline.Limits) {
        self.eventLoop = eventLoop
        pipeline = Mutex(Pipeline(limits: limits))
        handler = NIOLoopBoundBox.makeEmptyBox(valueType: RedisChannelHandler.self, eventLoop: eventLoop)
        closed = eventLoop.makePromise(of: Void.self)
    }

    var isOpen: Bool { pipeline.withLock { $0.isOpen } }

    /// Commands and request bytes whose replies are outstanding.
    var inFlight: (commands: Int, bytes: Int) { pipeline.withLock { ($0.commandsInFlight, $0.bytesInFlight) } }

    /// Sends `count` commands encoded in `bytes` and waits for all their replies.
    func send(_ bytes: ByteBuffer, count: Int, timeout: TimeAmount) async throws(RedisError) -> [RedisValue] {
        guard !Task.isCancelled else { throw RedisError(.cancelled, "the caller was cancelled") }
        let waiter = ReplyWaiter()
        try enqueue(bytes, count: count, timeout: timeout, waiter: waiter)
        return try await waiter.wait().get()
    }

    /// Queues commands; `waiter` nil discards their replies.
    func enqueue(_ bytes: ByteBuffer, count: Int, timeout: TimeAmount, waiter: ReplyWaiter?) throws(RedisError) {
        let deadline = NIODeadline.now() + timeout
        let admission = pipeline.withLock { pipeline in
            pipeline.enqueue(bytes, count: count, deadline: deadline, waiter: waiter)
        }
        switch admission {
        case .joined: break
        case .flush: eventLoop.execute { self.handler.value?.flush() }
        case .refused(.closed):
            throw RedisError(.unavailable, "the connection is closed", cause: closeReason.withLock { $0 })
        case .refused(.full): throw RedisError(.overloaded, "too many commands or bytes in flight")
        }
    }

    /// Begins to ask a silent server for a sign of life.
    func startHeartbeat() {
        eventLoop.execute { self.handler.value?.startHeartbeat() }
    }

    /// Closes at once; commands in flight fail.
    func close(_ reason: RedisError) {
        eventLoop.execute { self.handler.value?.close(reason) }
    }

    /// Refuses new commands, waits for outstanding replies until `timeout`, then closes.
    func drain(timeout: TimeAmount) {
        pipeline.withLock { $0.drain() }
        eventLoop.execute { self.handler.value?.drain(timeout: timeout) }
    }

    /// Hands every further reply to `sink` instead of a waiting command; for subscriptions.
    func divert(to sink: AsyncStream<RedisValue>.Continuation, onDrop: @escaping @Sendable () -> Void) {
        eventLoop.execute {
            guard let handler = self.handler.value else { return sink.finish() }
            handler.divert(to: RedisChannelHandler.Diversion(sink: sink, onDrop: onDrop))
        }
    }

    /// Writes bytes outside the queue; only for diverted connections.
    func writeDiverted(_ bytes: ByteBuffer) {
        eventLoop.execute { self.handler.value?.write(bytes) }
    }

    /// Returns when the connection is closed.
    func waitUntilClosed() async {
        // The promise is only ever fulfilled, never failed.
        try? await closed.futureResult.get()
    }
}

/// The event loop's side; called on `eventLoop` only.
extension RedisConnection {
    func attach(_ handler: RedisChannelHandler) { self.handler.value = handler }

    func takeOutbound() -> (bytes: ByteBuffer?, deadline: NIODeadline?) {
        pipeline.withLock { ($0.takeOutbound(), $0.oldestDeadline) }
    }

    /// False when a reply came that nobody asked for.
    func receive(_ replies: [RedisValue]) -> Bool {
        var deliveries: [Pipeline.Delivery] = []
        deliveries.reserveCapacity(replies.count)
        let isExpected = pipeline.withLock { $0.receive(replies, into: &deliveries) }
        for delivery in deliveries { delivery.waiter.settle(.success(delivery.replies)) }
        return isExpected
    }

    func isOverdue(at now: NIODeadline) -> Bool { pipeline.withLock { $0.isOverdue(at: now) } }
    var oldestDeadline: NIODeadline? { pipeline.withLock { $0.oldestDeadline } }
    var isDrained: Bool { pipeline.withLock { $0.isDrained } }
    var isIdle: Bool { pipeline.withLock { $0.isEmpty } }

    /// Fails everybody who waits; the first reason counts.
    func didClose(_ reason: RedisError) {
        handler.value = nil
        // Set before the queue refuses anybody, so that who is refused can tell why.
        closeReason.withLock { $0 = reason }
        let waiters = pipeline.withLock { $0.close() }
        // What was never written is safe to repeat; what was written is not.
        for waiter in waiters.unwritten {
            waiter.settle(.failure(RedisError(.connectionLost, "closed before the command was written", cause: reason)))
        }
        for waiter in waiters.written {
            waiter.settle(
                .failure(RedisError(.outcomeUnknown, "closed before the reply came: \(reason.message)", cause: reason))
            )
        }
        closed.succeed(())
    }
}
