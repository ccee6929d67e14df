// SPDX-License-Identifier: Apache-2.0
// Martlet: answers each post of spans as a collector does, with an empty message.

import NIOCore
import NIOHTTP1

/// Counts a request's bytes and answers 200.
final class TelemetrySinkHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let sink: TelemetrySink
    private var bytes = 0

    init(_ sink: TelemetrySink) {
        self.sink = sink
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: bytes = 0
        case .body(let part): bytes += part.readableBytes
        case .end:
            sink.took(bytes)
            let headers: HTTPHeaders = ["content-type": "application/x-protobuf", "content-length": "0"]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
