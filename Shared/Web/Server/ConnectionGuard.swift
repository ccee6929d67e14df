// SPDX-License-Identifier: Apache-2.0
// Martlet: what the framework leaves to its user on each connection: a deadline for requests, 100-continue, and an end that loses nothing.

internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Sits behind the HTTP codec of one connection.
///
/// - A request must have arrived within a time, however steadily it trickles.
/// - `Expect: 100-continue` is answered, so that clients with large bodies need not wait for their own time-out.
/// - After a response with `Connection: close` the output is closed, and the input a moment later: closing both at once would make the
///   kernel answer bytes still on their way with a reset, which may destroy the response before the client has read it.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let lingerTime = TimeAmount.seconds(2)

    private let deadline: TimeAmount
    private let longestContinue: Int
    private var readingSince: NIODeadline?
    private var timer: Scheduled<Void>?
    private var closesAfterResponse = false

    /// - Parameters:
    ///   - deadline: Time for a request to arrive.
    ///   - longestContinue: Bodies announced as longer are not asked for.
    init(deadline: Duration, longestContinue: Int) {
        self.deadline = TimeAmount(deadline)
        self.longestContinue = longestContinue
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
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
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational { closesAfterResponse = head.headerFields[.connection] == "close" }
        case .end where closesAfterResponse:
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            let channel = context.channel
            written.futureResult.whenComplete { _ in
                channel.close(mode: .output, promise: nil)
                channel.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
            }
            context.write(data, promise: written)
            return
        default: break
        }
        context.write(data, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
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
