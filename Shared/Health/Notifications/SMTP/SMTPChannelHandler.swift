// SPDX-License-Identifier: Apache-2.0
// Martlet: the connection's end of an SMTP exchange: passes bytes on, and does what the session says.
internal import NIOCore
internal import NIOSSL

/// Drives one session; lives on the connection's event loop.
final class SMTPChannelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long the server may take to say goodbye.
    private static let farewell: TimeAmount = .milliseconds(500)

    private var session: SMTPSession
    private let exchange: SMTPExchange
    private let trust: SMTPTrust?
    private var isNameVerified = false
    private var hasLeft = false

    init(session: SMTPSession, exchange: SMTPExchange, trust: SMTPTrust?) {
        self.session = session
        self.exchange = exchange
        self.trust = trust
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            try verifyName(context)
        } catch {
            return perform(session.closed(reason: "TLS failed: \(error)"), context)
        }
        perform(session.received(unwrapInboundIn(data).readableBytesView), context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        perform(session.closed(reason: "the server closed the connection"), context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Some servers end TLS without the farewell that it asks for; the end of the connection follows anyway.
        if case NIOSSLError.uncleanShutdown? = error as? NIOSSLError { return }
        let isTLS = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
        let what = isTLS ? "TLS failed" : "the connection broke"
        perform(session.closed(reason: "\(what): \("\(error)".singleLine(bytes: 150))"), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let abandoned = event as? SMTPAbandoned else { return context.fireUserInboundEventTriggered(event) }
        perform(session.closed(reason: abandoned.reason), context)
    }

    /// The first bytes out of TLS say that the handshake is over, and nothing secret was sent by then.
    private func verifyName(_ context: ChannelHandlerContext) throws {
        guard session.isEncrypted, !isNameVerified, let trust else { return }
        try trust.verifyName(try context.pipeline.syncOperations.nioSSL_peerCertificate())
        isNameVerified = true
    }

    private func perform(_ actions: [SMTPSession.Action], _ context: ChannelHandlerContext) {
        for action in actions {
            switch action {
            case .send(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .startTLS: startTLS(context)
            case .settle(let outcome):
                exchange.settle(outcome)
                leaveSoon(context)
            case .close: context.close(promise: nil)
            }
        }
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        guard let trust else { return perform(session.closed(reason: "TLS is not set up"), context) }
        do {
            try context.pipeline.syncOperations.addHandler(try trust.makeHandler(), position: .first)
            // What is written now waits for the end of the handshake.
            perform(session.tlsStarted(), context)
        } catch {
            perform(session.closed(reason: "TLS failed: \("\(error)".singleLine(bytes: 150))"), context)
        }
    }

    private func leaveSoon(_ context: ChannelHandlerContext) {
        guard !hasLeft else { return }
        hasLeft = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.farewell) { [self] in
            perform(session.closed(reason: "the server does not say goodbye"), context)
        }
    }
}
