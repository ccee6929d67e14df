// SPDX-License-Identifier: Apache-2.0
// Martlet: a TCP server of a test that behaves as badly as it is told.

import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Listens on a free port of one address; each connection behaves the same.
final class TestServer: Sendable {
    /// What a connection does once a request came, or at once.
    enum Behaviour: Sendable {
        /// Sends bytes after the first bytes of the client, then closes.
        case answer([UInt8])
        /// Sends bytes after the first bytes of the client, and stays open.
        case answerAndHold([UInt8])
        /// Sends bytes at once, and stays open.
        case greet([UInt8])
        /// Accepts and says nothing.
        case silent
        /// Resets the connection when the first bytes come.
        case reset
        /// Closes at once.
        case close
        /// Answers what the function makes of all that came; nil waits for more.
        case reply(@Sendable ([UInt8]) -> [UInt8]?)
    }

    let port: Int
    private let listener: any Channel
    private let requests: Mutex<[String]>

    /// What clients sent, one text for each connection that sent something.
    var received: [String] { requests.withLock { $0 } }

    private init(_ listener: any Channel, _ log: Log) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
        requests = Mutex([])
        log.server.withLock { $0 = self }
    }

    private final class Log: Sendable {
        let server = Mutex<TestServer?>(nil)
    }

    private func note(_ text: String) { requests.withLock { $0.append(text) } }

    /// Runs a server for the time of `body`.
    static func with<Value>(
        _ behaviour: Behaviour,
        host: String = "127.0.0.1",
        tls: NIOSSLContext? = nil,
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        let log = Log()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    let handler = Handler(behaviour) { text in log.server.withLock { $0 }?.note(text) }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: host, port: 0).get()
        let server = TestServer(listener, log)
        defer {
            listener.close(promise: nil)
            log.server.withLock { $0 = nil }
        }
        return try await body(server)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let note: @Sendable (String) -> Void
        private var bytes: [UInt8] = []
        private var hasAnswered = false

        init(_ behaviour: Behaviour, _ note: @escaping @Sendable (String) -> Void) {
            self.behaviour = behaviour
            self.note = note
        }

        func channelActive(context: ChannelHandlerContext) {
            switch behaviour {
            case .greet(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            case .close: context.close(promise: nil)
            default: break
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            guard !hasAnswered else { return }
            if case .reply(let make) = behaviour {
                guard let answer = make(bytes) else { return }
                hasAnswered = true
                return context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
            }
            hasAnswered = true
            note(String(decoding: bytes, as: UTF8.self))
            switch behaviour {
            case .answer(let answer):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)))
                    .whenComplete { _ in channel.close(promise: nil) }
            case .answerAndHold(let answer):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil)
            case .reset:
                // A lingering time of 0 makes the kernel send RST.
                let channel = context.channel
                guard let options = channel as? any SocketOptionProvider else { return }
                options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension TestServer.Behaviour {
    /// A whole HTTP answer.
    static func http(_ status: String, _ headers: String = "", body: String = "") -> TestServer.Behaviour {
        .answer(Array("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)".utf8))
    }
}
