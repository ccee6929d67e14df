// SPDX-License-Identifier: Apache-2.0
// Martlet: asks over UDP, again when there is no answer.
internal import NIOCore

/// Sends the question up to three times, since datagrams get lost.
final class DNSDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = ByteBuffer

    private let run: ProbeRun<DNSMessage>
    private let question: DNSMessage.Question
    private let pause: Duration
    private let id = UInt16.random(in: 0 ... .max)
    private var sent = 0

    init(run: ProbeRun<DNSMessage>, question: DNSMessage.Question, pause: Duration) {
        self.run = run
        self.question = question
        self.pause = pause
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        guard sent < 3, context.channel.isActive, !run.isOver else { return }
        sent += 1
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: question.wire(id: id))), promise: nil)
        let (handler, bound) = (NIOLoopBound(self, eventLoop: context.eventLoop), context.loopBound)
        context.eventLoop.scheduleTask(in: TimeAmount(pause)) { handler.value.send(bound.value) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        DNSExchange.receive(Array(unwrapInboundIn(data).data.readableBytesView), id, question, run)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.finish(.failure(NetworkTrouble.failure(error)))
    }
}
