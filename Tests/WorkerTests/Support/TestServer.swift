// SPDX-License-Identifier: Apache-2.0
// Martlet: a scripted HTTP/1.1 server on a loopback address, with or without TLS.
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Answers by a closure and keeps what it was asked.
final class TestServer: Sendable {
    struct Request: Sendable {
        let head: HTTPRequestHead
        let body: [UInt8]

        func header(_ name: String) -> String? {
            let values = head.headers[name]
            return values.count == 1 ? values[0] : nil
        }
    }

    enum Reply: Sendable {
        case answer(Int, headers: [(String, String)] = [], body: [UInt8] = [])
        /// Head and a first piece of the body, then nothing more.
        case stall(Int, firstBytes: [UInt8])
        /// Head and a body that never ends.
        case endless(Int)
        case silence
        case close
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var closed = 0
        var bytesWritten = 0
    }

    let port: Int
    private let channel: any Channel
    private let state: Mutex<State>

    private init(channel: any Channel, state: consuming Mutex<State>) {
        self.channel = channel
        self.state = state
        port = channel.localAddress?.port ?? 0
    }

    var requests: [Request] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    var closedConnections: Int { state.withLock { $0.closed } }
    var bytesWritten: Int { state.withLock { $0.bytesWritten } }

    /// Starts on a free port of an address, runs the body, and stops.
    static func with<Value: Sendable>(
        address: String = "127.0.0.1",
        port: Int = 0,
        tls: NIOSSLContext? = nil,
        reply: @escaping @Sendable (Request) -> Reply,
        _ body: (TestServer) async throws -> Value
    ) async throws -> Value {
        let late = LateServer()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Connection(late: late, reply: reply))
                }
            }
            .bind(host: address, port: port).get()
        let server = TestServer(channel: channel, state: Mutex(State()))
        late.server.withLock { $0 = server }
        do {
            let value = try await body(server)
            try await channel.close().get()
            return value
        } catch {
            try? await channel.close().get()
            throw error
        }
    }

    final class LateServer: Sendable {
        let server = Mutex<TestServer?>(nil)
        var value: TestServer? { server.withLock { $0 } }
    }

    private func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let late: LateServer
        private let reply: @Sendable (Request) -> Reply
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(late: LateServer, reply: @escaping @Sendable (Request) -> Reply) {
            self.late = late
            self.reply = reply
        }

        func channelActive(context: ChannelHandlerContext) {
            late.value?.change { $0.connections += 1 }
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            late.value?.change { $0.closed += 1 }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head else { return }
                let request = Request(head: head, body: body)
                late.value?.change { $0.requests.append(request) }
                send(reply(request), context)
            }
        }

        private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
            switch reply {
            case .silence: break
            case .close: context.close(promise: nil)
            case .answer(let status, let headers, let body):
                var fields = HTTPHeaders(headers)
                fields.replaceOrAdd(name: "content-length", value: "\(body.count)")
                begin(status, fields, context)
                write(body, context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .stall(let status, let bytes):
                begin(status, ["content-length": "\(bytes.count + 10)"], context)
                write(bytes, context)
                context.flush()
            case .endless(let status):
                begin(status, [:], context)
                writeOn(context)
            }
        }

        private func begin(_ status: Int, _ headers: HTTPHeaders, _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }

        private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            guard !bytes.isEmpty else { return }
            late.value?.change { $0.bytesWritten += bytes.count }
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }

        private func writeOn(_ context: ChannelHandlerContext) {
            let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 10)
            late.value?.change { $0.bytesWritten += bytes.count }
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes))))).assumeIsolated()
                .whenSuccess { loopBound.value.0.writeOn(loopBound.value.1) }
        }
    }
}
