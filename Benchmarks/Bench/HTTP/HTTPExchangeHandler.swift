// SPDX-License-Identifier: Apache-2.0
// Martlet: one request at a time on one connection.

import NIOCore

/// Sends a request and hands its answer to a closure; lives on its channel's event loop.
final class HTTPExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var parser = AnswerParser()
    private var waiter: ((Result<HTTPAnswer, BenchError>) -> Void)?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends a request; a second one must wait for the first one's answer.
    func send(_ request: ByteBuffer, _ waiter: @escaping (Result<HTTPAnswer, BenchError>) -> Void) {
        guard let context, context.channel.isActive, self.waiter == nil else {
            return waiter(.failure(BenchError(.program, "the connection is closed or busy")))
        }
        self.waiter = waiter
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        parser.feed(&bytes)
        do throws(BenchError) {
            while let answer = try parser.next() { finish(.success(answer)) }
        } catch {
            finish(.failure(error))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(BenchError(.program, "the server closed the connection")))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(BenchError(.program, "the connection failed: \(error)")))
        context.close(promise: nil)
    }

    private func finish(_ result: Result<HTTPAnswer, BenchError>) {
        guard let waiter else { return }
        self.waiter = nil
        waiter(result)
    }
}
