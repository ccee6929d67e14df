// SPDX-License-Identifier: Apache-2.0
// Martlet: a keep-alive connection to a program on this machine.

import NIOCore
import NIOPosix

/// An open connection.
struct HTTPConnection: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<HTTPExchangeHandler>

    static func open(port: Int, on group: MultiThreadedEventLoopGroup) async throws -> HTTPConnection {
        try await ClientBootstrap(group: group)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(2))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = HTTPExchangeHandler()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return HTTPConnection(
                        channel: channel,
                        handler: NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    )
                }
            }
    }

    /// Sends a request and waits for its answer; a connection whose answer is late is closed.
    func exchange(_ request: ByteBuffer, within limit: Duration) async throws -> HTTPAnswer {
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer.self)
        let timer = channel.eventLoop.scheduleTask(in: .nanoseconds(Int64(limit.seconds * 1e9))) {
            channel.close(promise: nil)
        }
        channel.eventLoop.execute {
            handler.value.send(request) { promise.completeWith($0.mapError { $0 as any Error }) }
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    func close() async {
        try? await channel.close().get()
    }
}
