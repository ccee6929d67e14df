// SPDX-License-Identifier: Apache-2.0
// Martlet: sends echo requests one after the other and counts the replies.
internal import NIOCore

/// Ends the run when all replies came, or at the end of the time with those that did.
final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    /// What came of it.
    struct Tally: Sendable, Equatable {
        var sent: Int
        var times: [Duration]
    }

    private let run: ProbeRun<Tally>
    private let address: SocketAddress
    private let message: EchoMessage
    private let isRaw: Bool
    private let count: Int
    private let timeout: Duration
    private var sent: [ContinuousClock.Instant] = []
    private var times: [UInt16: Duration] = [:]

    init(
        run: ProbeRun<Tally>,
        address: SocketAddress,
        message: EchoMessage,
        isRaw: Bool,
        count: Int,
        timeout: Duration
    ) {
        self.run = run
        self.address = address
        self.message = message
        self.isRaw = isRaw
        self.count = count
        self.timeout = timeout
    }

    func channelActive(context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { handler.value.conclude() }
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        guard sent.count < count, !run.isOver else { return }
        let packet = ByteBuffer(bytes: message.request(UInt16(sent.count)))
        sent.append(.now)
        run.enter(.waitingForReplies(received: times.count, sent: sent.count))
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let envelope = AddressedEnvelope(remoteAddress: address, data: packet)
        context.writeAndFlush(wrapOutboundOut(envelope)).whenFailure { handler.value.fail($0) }
        guard sent.count < count else { return }
        let bound = context.loopBound
        // All are on their way in the first half of the time, and no faster than one in 100 ms.
        let pause = min(timeout / (2 * count), .milliseconds(100))
        context.eventLoop.scheduleTask(in: TimeAmount(pause)) { handler.value.send(bound.value) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let packet = Array(unwrapInboundIn(data).data.readableBytesView)
        guard let sequence = message.sequence(of: packet, isRaw: isRaw), Int(sequence) < sent.count,
            times[sequence] == nil
        else { return }
        times[sequence] = .now - sent[Int(sequence)]
        if times.count == count { conclude() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    private func fail(_ error: any Error) { run.finish(.failure(NetworkTrouble.failure(error))) }

    private func conclude() {
        run.finish(.success(Tally(sent: count, times: times.sorted { $0.key < $1.key }.map(\.value))))
    }
}
