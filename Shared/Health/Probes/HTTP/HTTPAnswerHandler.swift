// SPDX-License-Identifier: Apache-2.0
// Martlet: sends one request and reads one answer.
internal import NIOCore
internal import NIOHTTP1
internal import NIOTLS

/// Writes the request once the connection (or its TLS) is up, and ends the run with the answer.
final class HTTPAnswerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let run: ProbeRun<HTTPFetch.Answer>
    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let isSecure: Bool
    private var answer: HTTPFetch.Answer?

    private let limit: Int

    init(run: ProbeRun<HTTPFetch.Answer>, head: HTTPRequestHead, body: [UInt8], isSecure: Bool, limit: Int) {
        self.run = run
        self.head = head
        self.body = body
        self.isSecure = isSecure
        self.limit = limit
    }

    func channelActive(context: ChannelHandlerContext) {
        if !isSecure { send(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { send(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func send(_ context: ChannelHandlerContext) {
        run.enter(.waitingForHead)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = HTTPFetch.Answer(
                status: Int(head.status.code),
                headers: head.headers.map { ($0.name.lowercased(), $0.value) },
                body: [],
                certificateExpiry: isSecure ? Certificate.expiry(context.channel) : nil
            )
            run.enter(.readingBody(bytes: 0))
        case .body(let part): take(part)
        case .end:
            if let answer { run.finish(.success(answer)) }
        }
    }

    private func take(_ part: ByteBuffer) {
        guard var answer else { return }
        self.answer = nil
        let room = limit - answer.body.count
        answer.body.append(contentsOf: part.readableBytesView.prefix(room))
        run.enter(.readingBody(bytes: answer.body.count))
        if part.readableBytes > room {
            answer.isCut = true
            return run.finish(.success(answer))
        }
        self.answer = answer
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that ends TLS without a farewell says so after the last byte; whether the answer is whole, HTTP knows.
        if isUncleanEnd(error) { return }
        let failure = NetworkTrouble.failure(error)
        run.finish(.failure(phrased(failure)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let answer {
            run.fail("the connection was closed in the body (\(answer.body.count) bytes came)")
        } else {
            run.fail("the connection was closed before the response head")
        }
    }

    /// Says where in the answer the connection broke.
    private func phrased(_ failure: ProbeFailure) -> ProbeFailure {
        var failure = failure
        if failure.reason.hasPrefix("the connection was closed before the answer") {
            failure.reason =
                answer.map { "the connection was closed in the body (\($0.body.count) bytes came)" }
                ?? "the connection was closed before the response head"
        } else if failure.reason == "connection reset" {
            failure.reason +=
                answer.map { " in the body (\($0.body.count) bytes came)" } ?? " before the response head"
        }
        return failure
    }

    private func isUncleanEnd(_ error: any Error) -> Bool { "\(error)".contains("uncleanShutdown") }
}
