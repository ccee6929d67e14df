// SPDX-License-Identifier: Apache-2.0
// Martlet: the event-loop end of a connection: flushes, parses, watches deadlines.

internal import NIOCore

/// Reads replies, writes what is queued, and closes the connection when the oldest command is overdue.
final class RedisChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where the replies of a subscription go.
    struct Diversion {
        let sink: AsyncStream<RedisValue>.Continuation
        let onDrop: @Sendable () -> Void
    }

    private let connection: RedisConnection
    private let parser: ReplyParser
    private let heartbeat: TimeAmount?
    private let ping: ByteBuffer
    private var context: ChannelHandlerContext?
    /// Whether the server has refused to write since it became a replica.
    private var isDemoted = false
    private var isClosed = false
    private var closeReason: RedisError?
    private var watch: (at: NIODeadline, task: Scheduled<Void>)?
    private var drainTask: Scheduled<Void>?
    private var heartbeatTask: RepeatedTask?
    private var lastRead = NIODeadline.now()
    private var diversion: Diversion?
    private var replies: [RedisValue] = []

    /// - Parameter heartbeat: How long the server may be silent before it is asked for a sign of life; nil never asks.
    init(connection: RedisConnection, parser: ReplyParser, heartbeat: TimeAmount?) {
        self.connection = connection
        self.parser = parser
        self.heartbeat = heartbeat
        ping = RedisCommand("PING", argumentCapacity: 0).encoded
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connection.attach(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(RedisError(.connectionLost, "the connection broke", cause: error))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosed else { return }
        lastRead = .now()
        replies.removeAll(keepingCapacity: true)
        do throws(RedisError) {
            try parser.parse(unwrapInboundIn(data), into: &replies)
            deliver()
        } catch {
            // Replies that were complete before the bad bytes are good.
            deliver()
            close(error)
        }
    }

    private func deliver() {
        guard !replies.isEmpty, !isClosed else { return }
        if let diversion {
            for reply in replies {
                if case .dropped = diversion.sink.yield(reply) { diversion.onDrop() }
            }
        } else if !connection.receive(replies) {
            close(RedisError(.protocolViolation, "a reply that no command asked for"))
        }
        if replies.contains(where: { $0.serverError?.serverPrefix == "READONLY" }) { isDemoted = true }
        replies.removeAll(keepingCapacity: replies.capacity <= 4096)
        if isDemoted, connection.isIdle {
            return close(
                RedisError(.connectionLost, "the server has become a replica; its name may lead to another by now")
            )
        }
        if connection.isDrained { close(RedisError(.unavailable, "the client was shut down")) }
    }

    // MARK: Orders, on the event loop

    func flush() {
        guard let context, !isClosed else { return }
        let (bytes, deadline) = connection.takeOutbound()
        if let bytes { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        if let deadline { watch(until: deadline) }
    }

    func write(_ bytes: ByteBuffer) {
        guard let context, !isClosed else { return }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func divert(to diversion: Diversion) {
        guard !isClosed else { return diversion.sink.finish() }
        self.diversion = diversion
    }

    func drain(timeout: TimeAmount) {
        guard let context, !isClosed else { return }
        flush()
        let reason = RedisError(.unavailable, "the client was shut down")
        guard !connection.isDrained else { return close(reason) }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        drainTask = context.eventLoop.scheduleTask(in: timeout) { bound.value.close(reason) }
    }

    func close(_ reason: RedisError) {
        guard !isClosed else { return }
        closeReason = reason
        let context = self.context
        finish()
        context?.close(mode: .all, promise: nil)
    }

    private func finish() {
        guard !isClosed else { return }
        isClosed = true
        watch?.task.cancel()
        drainTask?.cancel()
        heartbeatTask?.cancel()
        diversion?.sink.finish()
        connection.didClose(closeReason ?? RedisError(.connectionLost, "the server closed the connection"))
    }

    // MARK: Deadlines

    /// One timer serves all commands: it is set for the oldest and moves on when it fires.
    private func watch(until deadline: NIODeadline) {
        guard let context, !isClosed else { return }
        if let watch {
            guard deadline < watch.at else { return }
            watch.task.cancel()
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watch = (deadline, context.eventLoop.scheduleTask(deadline: deadline) { bound.value.deadlinePassed() })
    }

    private func deadlinePassed() {
        watch = nil
        guard !isClosed else { return }
        if connection.isOverdue(at: .now()) {
            close(RedisError(.timeout, "the server did not answer in time"))
        } else if let next = connection.oldestDeadline {
            watch(until: next)
        }
    }

    // MARK: Sign of life

    /// Starts asking a silent server for a sign of life; a dead or stopped one is then noticed although nobody calls.
    func startHeartbeat() {
        guard let heartbeat, let context, !isClosed, heartbeatTask == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        heartbeatTask = context.eventLoop.scheduleRepeatedTask(initialDelay: heartbeat, delay: heartbeat) { _ in
            bound.value.beat(every: heartbeat)
        }
    }

    private func beat(every interval: TimeAmount) {
        let silence = NIODeadline.now() - lastRead
        guard silence >= interval, !isClosed else { return }
        guard diversion != nil else {
            // The answer is awaited like any other, so the command deadline does the rest.
            guard connection.isIdle else { return }
            try? connection.enqueue(ping, count: 1, timeout: interval, waiter: nil)
            return
        }
        // Two silent intervals: one to ask in, one to answer in.
        if silence >= interval + interval {
            close(RedisError(.timeout, "the server gave no sign of life"))
        } else {
            write(ping)
        }
    }
}
