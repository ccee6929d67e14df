// SPDX-License-Identifier: Apache-2.0
// Martlet: a DNS server of a test over UDP and TCP, which may answer anything.

import NIOCore
import NIOPosix
import Synchronization

/// Answers each question with what a function makes of it; several answers are sent one after the other.
struct DNSTestServer {
    typealias Answer = @Sendable (_ query: [UInt8], _ isTCP: Bool) -> [[UInt8]]

    let port: Int

    static func with<Value>(_ answer: @escaping Answer, _ body: (DNSTestServer) async throws -> Value) async throws
        -> Value
    {
        let reply: @Sendable ([UInt8]) -> [UInt8]? = { bytes in
            guard bytes.count > 2 else { return nil }
            return answer(Array(bytes.dropFirst(2)), true).flatMap {
                [UInt8($0.count >> 8), UInt8($0.count & 255)] + $0
            }
        }
        return try await TestServer.with(.reply(reply)) { tcp in
            let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(answer))
                    }
                }
                .bind(host: "127.0.0.1", port: tcp.port).get()
            defer { channel.close(promise: nil) }
            return try await body(DNSTestServer(port: tcp.port))
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let answer: Answer

        init(_ answer: @escaping Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let query = unwrapInboundIn(data)
            for bytes in answer(Array(query.data.readableBytesView), false) {
                let envelope = AddressedEnvelope(remoteAddress: query.remoteAddress, data: ByteBuffer(bytes: bytes))
                context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
            }
        }
    }
}

/// Bytes of answers.
enum DNSBytes {
    /// The query turned into an answer with these records; each record's name points at the question's.
    static func answer(
        _ query: [UInt8],
        _ records: [(type: UInt16, data: [UInt8])],
        rcode: UInt8 = 0,
        truncated: Bool = false
    ) -> [UInt8] {
        var bytes = query
        bytes[2] = 0x81 | (truncated ? 2 : 0)
        bytes[3] = 0x80 | rcode
        bytes[7] = UInt8(records.count)
        for (type, data) in records {
            bytes += [0xC0, 12, UInt8(type >> 8), UInt8(type & 255), 0, 1, 0, 0, 0, 60]
            bytes += [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
        }
        return bytes
    }

    /// The type that is asked for: the two bytes before the class at the end.
    static func type(_ query: [UInt8]) -> UInt16 {
        UInt16(query[query.count - 4]) << 8 | UInt16(query[query.count - 3])
    }

    /// A name in front of a pointer to the question's name.
    static func name(_ label: String, pointer: UInt8 = 12) -> [UInt8] {
        [UInt8(label.utf8.count)] + Array(label.utf8) + [0xC0, pointer]
    }
}
