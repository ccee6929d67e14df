// SPDX-License-Identifier: Apache-2.0
// Martlet: asks over TCP, where each message comes with its length in front.
internal import NIOCore

/// Sends the question once and waits for the whole answer.
final class DNSStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let run: ProbeRun<DNSMessage>
    private let question: DNSMessage.Question
    private let id = UInt16.random(in: 0 ... .max)
    private var received = ByteBuffer()

    init(run: ProbeRun<DNSMessage>, question: DNSMessage.Question) {
        self.run = run
        self.question = question
    }

    func channelActive(context: ChannelHandlerContext) {
        run.enter(.waitingForAnswer)
        let bytes = question.wire(id: id)
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 2)
        buffer.writeInteger(UInt16(bytes.count))
        buffer.writeBytes(bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        // The length is 16 bits, so the buffer stays below 64 KiB and one read.
        received.writeBuffer(&part)
        while let message = received.readLengthPrefixedSlice(as: UInt16.self) {
            DNSExchange.receive(Array(message.readableBytesView), id, question, run)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.finish(.failure(NetworkTrouble.failure(error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        run.fail("the connection was closed before the DNS answer was complete")
    }
}
