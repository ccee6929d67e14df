// SPDX-License-Identifier: Apache-2.0
// Martlet: opens connections: socket, TLS, authentication, database.

internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if os(Linux)
    internal import Glibc
#endif

/// Opens connections of one configuration; the TLS files are read once.
struct RedisConnector: Sendable {
    /// An open connection and what the server said about itself.
    struct Opened: Sendable {
        var connection: RedisConnection
        var clientID: Int64?
        var runID: String?
    }

    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    private let tlsContext: NIOSSLContext?

    init(configuration: RedisConfiguration, eventLoop: any EventLoop) throws(RedisError) {
        try configuration.validate()
        self.configuration = configuration
        self.eventLoop = eventLoop
        tlsContext = try configuration.tls?.makeContext()
    }

    var commandTimeout: TimeAmount { TimeAmount(configuration.commandTimeout) }

    /// Connects and prepares the connection within the configured time.
    ///
    /// - Parameters:
    ///   - role: Added to the client name, so that `CLIENT LIST` tells connections apart.
    ///   - limits: Bounds of what is outstanding.
    func open(role: String?, limits: RedisConnection.Pipeline.Limits) async throws(RedisError) -> Opened {
        let start = NIODeadline.now()
        let connection = try await connect(limits: limits)
        let left = TimeAmount(configuration.connectTimeout) - (.now() - start)
        do throws(RedisError) {
            return try await prepare(connection, role: role, timeout: max(left, .milliseconds(1)))
        } catch {
            connection.close(error)
            throw Self.connectError(error)
        }
    }

    private func connect(limits: RedisConnection.Pipeline.Limits) async throws(RedisError) -> RedisConnection {
        let maxReplyBytes = configuration.maxReplyBytes
        let heartbeat = TimeAmount(configuration.heartbeatInterval)
        let secure = tlsContext
        let serverName = serverName
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(TimeAmount(configuration.connectTimeout))
        let initialize: @Sendable (any Channel) -> EventLoopFuture<RedisConnection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let connection = RedisConnection(eventLoop: channel.eventLoop, limits: limits)
                do {
                    if let secure {
                        let tls = try NIOSSLClientHandler(context: secure, serverHostname: serverName)
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    let parser = try ReplyParser(maxReplyBytes: maxReplyBytes)
                    try channel.pipeline.syncOperations.addHandler(
                        RedisChannelHandler(connection: connection, parser: parser, heartbeat: heartbeat)
                    )
                } catch {
                    connection.didClose(RedisError(.configuration, "the connection cannot be set up", cause: error))
                    throw error
                }
                return connection
            }
        }
        do {
            switch configuration.address {
            case .unixSocket(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            case .tcp(let host, let port):
                return try await tuned(bootstrap).connect(host: host, port: port, channelInitializer: initialize)
            }
        } catch {
            throw Self.connectError(RedisError(.unavailable, "cannot connect to the server", cause: error))
        }
    }

    /// No delay for small writes, and probes that find a vanished peer within half a minute.
    private func tuned(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
        let common =
            bootstrap
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            return
                common
                .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 15)
                .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 5)
                .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
        #else
            return common
        #endif
    }

    /// The name to verify and to announce; IP addresses are verified as such and never announced.
    private var serverName: String? {
        if let name = configuration.tls?.serverName { return name }
        guard case .tcp(let host, _) = configuration.address else { return nil }
        return (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    // MARK: Preparation

    private func prepare(_ connection: RedisConnection, role: String?, timeout: TimeAmount) async throws(RedisError)
        -> Opened
    {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            var auth = RedisCommand("AUTH")
            if let username = configuration.username { auth.append(username) }
            auth.append(password)
            commands.append(auth)
        }
        let optionalStart = commands.count + 2
        commands.append(RedisCommand("SELECT", configuration.database))
        commands.append(RedisCommand("PING"))
        let name = role.map { "\(configuration.clientName)-\($0)" } ?? configuration.clientName
        commands.append(RedisCommand("CLIENT", "SETNAME", name))
        commands.append(RedisCommand("CLIENT", "ID"))
        commands.append(RedisCommand("INFO", "server"))

        var bytes = ByteBuffer()
        for command in commands { bytes.writeImmutableBuffer(command.encoded) }
        let replies = try await connection.send(bytes, count: commands.count, timeout: timeout)
        // A user may lack the right to the last three; the connection works without them.
        for reply in replies.prefix(optionalStart) {
            guard let error = reply.serverError, error.serverPrefix != "NOPERM" else { continue }
            throw error
        }
        let optional = replies.dropFirst(optionalStart + 1)
        return Opened(
            connection: connection,
            clientID: optional.first?.int,
            runID: optional.last?.string.flatMap(Self.runID)
        )
    }

    /// Finds `run_id` in the answer to `INFO server`.
    static func runID(_ info: String) -> String? {
        for line in info.utf8.split(whereSeparator: { $0 == 13 || $0 == 10 }) {
            let text = Substring(line)
            if text.hasPrefix("run_id:") { return String(text.dropFirst(7)) }
        }
        return nil
    }

    /// What went wrong while connecting: nothing of the caller's was sent, whatever the handshake says.
    private static func connectError(_ error: RedisError) -> RedisError {
        if error.code == .server || error.code == .cancelled || error.code == .configuration { return error }
        let below = error.cause as? RedisError
        var timedOut = below?.code == .timeout
        if case .connectTimeout = error.cause as? ChannelError { timedOut = true }
        guard !timedOut else { return RedisError(.timeout, "connecting took too long", cause: error.cause) }
        return RedisError(.unavailable, "cannot connect to the server", cause: below?.cause ?? error.cause)
    }
}
