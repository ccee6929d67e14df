// SPDX-License-Identifier: Apache-2.0
// Martlet: hands addresses that are known already to NIO's race between IPv6 and IPv4.
internal import NIOCore
internal import NIOPosix

/// A resolver that has resolved.
struct FixedResolver: Resolver, Sendable {
    let loop: any EventLoop
    let addresses: [SocketAddress]

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    func cancelQueries() {}
}
