// SPDX-License-Identifier: Apache-2.0
// Martlet: sends a text and compares the first bytes that come back.
internal import NIOCore

/// Ends the run when connected, or when as many bytes came as the expected prefix has.
final class GreetingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let run: ProbeRun<[UInt8]>
    private let greeting: String?
    private let expected: [UInt8]
    private var received: [UInt8] = []

    init(run: ProbeRun<[UInt8]>, greeting: String?, expected: String?) {
        self.run = run
        self.greeting = greeting
        self.expected = Array((expected ?? "").utf8)
    }

    func channelActive(context: ChannelHandlerContext) {
        guard let greeting else { return greeted() }
        run.enter(.waitingForAnswer)
        let run = run
        let isDone = expected.isEmpty
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting))).whenComplete { result in
            switch result {
            case .success: if isDone { run.finish(.success([])) }
            case .failure(let error): run.finish(.failure(NetworkTrouble.failure(error)))
            }
        }
    }

    private func greeted() {
        if expected.isEmpty { run.finish(.success([])) } else { run.enter(.waitingForAnswer) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.append(contentsOf: unwrapInboundIn(data).readableBytesView.prefix(TCPProbe.longestPrefix))
        let common = min(received.count, expected.count)
        if received.prefix(common) != expected.prefix(common) {
            run.fail("expected an answer that begins with \(shown(expected)), found \(shown(received))")
        } else if received.count >= expected.count {
            run.finish(.success(received))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.finish(.failure(NetworkTrouble.failure(error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        let found = received.isEmpty ? "nothing" : shown(received)
        run.fail("the connection was closed; expected \(shown(expected)), found \(found)")
    }

    private func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(320), as: UTF8.self).shown }
}
