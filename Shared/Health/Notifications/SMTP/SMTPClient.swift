// SPDX-License-Identifier: Apache-2.0
// Martlet: sends mails to a server, each over a connection of its own.
internal import NIOCore
internal import NIOPosix
internal import Platform

/// Sends mails to one server.
public struct SMTPClient: Sendable {
    /// The largest mail that is sent.
    public static let mostBytes = 4 << 20

    private let configuration: SMTPConfiguration
    private let trust: SMTPTrust?

    /// Makes a client and reads the authorities' file; throws `configuration` when it cannot be used.
    public init(_ configuration: SMTPConfiguration) throws(NotificationError) {
        self.configuration = configuration
        trust =
            configuration.security == .none
            ? nil : try SMTPTrust(host: configuration.host, authorityFile: configuration.authorityFile)
    }

    /// Sends a mail within one deadline for everything from the name look-up to the server's last word.
    ///
    /// Never throws; a cancelled caller gets `retry`. The connection is closed when this returns, or half a second later.
    ///
    /// - Parameters:
    ///   - message: The mail as ``EmailMessage/rendered()`` writes it; at most 4 MiB.
    ///   - timeout: 100 ms to 10 minutes; other values are taken as the nearer end.
    public func send(_ message: [UInt8], envelope: SMTPEnvelope, timeout: Duration = .seconds(30)) async -> SMTPOutcome
    {
        guard message.count <= Self.mostBytes else {
            return .rejected(reason: "the mail has more than \(Self.mostBytes) bytes")
        }
        guard !Task.isCancelled else { return .retry(reason: "the caller was cancelled") }
        let limit = TimeAmount(min(max(timeout, .milliseconds(100)), .seconds(600)))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let exchange = SMTPExchange(eventLoop: loop)
        let deadline = loop.scheduleTask(in: limit) { exchange.abandon("the server took too long") }
        open(loop, exchange, message, envelope, limit)
        let outcome = await withTaskCancellationHandler {
            // The future is only ever fulfilled.
            (try? await exchange.outcome.get()) ?? .retry(reason: "the exchange ended without an outcome")
        } onCancel: {
            exchange.abandon("the caller was cancelled")
        }
        deadline.cancel()
        return outcome
    }

    private func open(
        _ loop: any EventLoop,
        _ exchange: SMTPExchange,
        _ message: [UInt8],
        _ envelope: SMTPEnvelope,
        _ limit: TimeAmount
    ) {
        // Nothing is read before the handlers are in place.
        ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.autoRead, value: false)
            .connect(host: configuration.host, port: configuration.port)
            .flatMap { channel in
                do {
                    guard exchange.adopt(channel) else {
                        channel.close(promise: nil)
                        return loop.makeSucceededVoidFuture()
                    }
                    let session = SMTPSession(
                        configuration: configuration,
                        envelope: envelope,
                        message: message,
                        isLoopback: Self.isLoopback(channel.remoteAddress)
                    )
                    let pipeline = channel.pipeline.syncOperations
                    if configuration.security == .implicit, let trust { try pipeline.addHandler(trust.makeHandler()) }
                    try pipeline.addHandler(SMTPChannelHandler(session: session, exchange: exchange, trust: trust))
                    return channel.setOption(.autoRead, value: true)
                } catch {
                    channel.close(promise: nil)
                    return loop.makeFailedFuture(error)
                }
            }
            .whenFailure { error in
                exchange.settle(.retry(reason: "cannot connect: \("\(error)".singleLine(bytes: 150))"))
            }
    }

    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        guard let text = address?.ipAddress else { return false }
        return text.hasPrefix("127.") || text == "::1"
    }
}
