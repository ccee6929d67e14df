// SPDX-License-Identifier: Apache-2.0
// Martlet: follows a TLS handshake, and says what is wrong with a certificate that was refused.
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Platform

/// Stands right behind TLS.
final class HandshakeHandler<Value: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let run: ProbeRun<Value>
    private let host: String
    private var isDone = false

    init(run: ProbeRun<Value>, host: String) {
        self.run = run
        self.host = host
    }

    func channelActive(context: ChannelHandlerContext) {
        run.enter(.handshaking)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { isDone = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let expiry = Certificate.expiry(context.channel)
        if let text = Certificate.trouble(error, context.channel, host: host) {
            run.finish(.failure(ProbeFailure(text, certificateExpiry: expiry)))
        } else if !isDone {
            run.finish(.failure(NetworkTrouble.handshake(error)))
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isDone { run.fail("the connection was closed in the TLS handshake") }
        context.fireChannelInactive()
    }
}
