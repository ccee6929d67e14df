// SPDX-License-Identifier: Apache-2.0
// Martlet: what the framework leaves to its user on each connection: a deadline for requests, 100-continue, and an end that loses nothing.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Sits behind the HTTP codec of one connection.
///
/// - A request must have arrived within a time, however steadily it trickles.
/// - `Expect: 100-continue` is answered, so that clients with large bodies need not wait for their own time-out.
/// - A connection lingers whenever the server ends it: first the output is closed, once all of it is sent, and a moment later the input. Closing both at
///   once would throw away what is not sent yet, and make the kernel answer bytes still on their way with a reset, which may destroy a response
///   that the client has not read yet. What comes in meanwhile is not acted on, since nobody would hear the answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long a client may take to close its side after ours is closed.
    private static let lingerTime = TimeAmount.seconds(2)
    /// How long a client may take to accept what is not sent yet.
    private static let sendTime = TimeAmount.seconds(10)

    private let deadline: TimeAmount
    private let longestContinue: Int
    private let connections: OpenConnections
    private var readingSince: NIODeadline?
    private var timer: Scheduled<Void>?
    private var closesAfterResponse = false
    private var isLingering = false
    private var linger: Scheduled<Void>?

    /// - Parameters:
    ///   - deadline: Time for a request to arrive.
    ///   - longestContinue: Bodies announced as longer are not asked for.
    ///   - connections: Counts this one.
    init(deadline: Duration, longestContinue: Int, connections: OpenConnections) {
        self.deadline = TimeAmount(deadline)
        self.longestContinue = longestContinue
        self.connections = connections
    }

    func handlerAdded(context: ChannelHandlerContext) { connections.add(1) }

    func handlerRemoved(context: ChannelHandlerContext) {
        connections.add(-1)
        timer?.cancel()
        timer = nil
        linger?.cancel()
        linger = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLingering else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            readingSince = .now()
            if timer == nil { schedule(context, at: .now() + deadline) }
            if head.headerFields[.expect]?.lowercased() == "100-continue",
                head.headerFields[.contentLength].flatMap({ Int($0) }) ?? 0 <= longestContinue
            {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body: break
        case .end: readingSince = nil
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part, head.status.kind != .informational {
            closesAfterResponse = head.headerFields[.connection] == "close"
        }
        context.write(data, promise: promise)
        if case .end = part, closesAfterResponse { lingerAndClose(context) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, context.channel.isActive else { return context.close(mode: mode, promise: promise) }
        if let promise { context.channel.closeFuture.cascade(to: promise) }
        lingerAndClose(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isLingering, case ChannelEvent.outputClosed? = event as? ChannelEvent {
            close(context, in: Self.lingerTime)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func lingerAndClose(_ context: ChannelHandlerContext) {
        guard !isLingering else { return }
        isLingering = true
        close(context, in: Self.sendTime)
        context.flush()
        context.close(mode: .output, promise: nil)
    }

    private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
        linger?.cancel()
        linger = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    /// One timer for many requests: it is set anew only when it fires, so that a fast request costs no timer of its own.
    private func schedule(_ context: ChannelHandlerContext, at time: NIODeadline) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [self] in
            timer = nil
            guard let since = readingSince else { return }
            guard since + deadline <= .now() else { return schedule(context, at: since + deadline) }
            readingSince = nil
            context.fireErrorCaught(RequestDeadlineExceeded())
        }
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
