// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of an HTTP server.

public import Platform

/// Where a server listens and what it puts up with.
public struct HTTPServiceSettings: Sendable {
    /// The port, 0 for any free one; `APP_PORT`.
    public var port: Int
    /// The address; `MARTLET_BIND`. By default all addresses, or loopback alone where no API keys protect the service.
    public var bind: String
    /// Connections that wait to be accepted; `MARTLET_HTTP_BACKLOG`, default 4,096.
    public var backlog = 4_096
    /// Open connections at most, more of them wait in the backlog; `MARTLET_HTTP_MAX_CONNECTIONS`, default 8,192.
    public var maximumConnections = 8_192
    /// How long a connection may be silent between requests; `MARTLET_HTTP_IDLE_TIMEOUT`, default 75 s (longer than the 60 s of common
    /// load balancers, so that they end idle connections and not we).
    public var idleTimeout: Duration = .seconds(75)
    /// How long a body may take to arrive once its head is there; `MARTLET_HTTP_BODY_TIMEOUT`, default 30 s.
    public var bodyTimeout: Duration = .seconds(30)
    /// Which requests are logged; `MARTLET_ACCESS_LOG`, default all.
    public var accessLog = AccessLog.all

    /// The defaults on an address, without a reader.
    public init(port: Int, bind: String = "127.0.0.1") {
        self.port = port
        self.bind = bind
    }

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - defaultPort: The port of this kind of service.
    ///   - keys: The API keys; nil for a service that has nothing to protect. Without any key only loopback is allowed.
    public init(_ reader: SettingsReader, defaultPort: Int, keys: APIKeys?) {
        port = reader.int("APP_PORT", default: defaultPort, in: 0...65_535)
        let isOpen = keys?.isEmpty ?? false
        bind = reader.string("MARTLET_BIND", default: isOpen ? "127.0.0.1" : "0.0.0.0")
        backlog = reader.int("MARTLET_HTTP_BACKLOG", default: backlog, in: 16...65_535)
        maximumConnections = reader.int("MARTLET_HTTP_MAX_CONNECTIONS", default: maximumConnections, in: 1...1_000_000)
        idleTimeout = reader.duration(
            "MARTLET_HTTP_IDLE_TIMEOUT",
            default: idleTimeout,
            in: .seconds(1) ... .seconds(3_600)
        )
        bodyTimeout = reader.duration(
            "MARTLET_HTTP_BODY_TIMEOUT",
            default: bodyTimeout,
            in: .milliseconds(100) ... .seconds(3_600)
        )
        accessLog = reader.choice("MARTLET_ACCESS_LOG", default: .all)
        if isOpen, !Self.isLoopback(bind) {
            reader.report(
                "MARTLET_BIND",
                problem: "\"\(bind)\" can be reached from outside, and no MARTLET_API_KEYS are set",
                allowed: "127.0.0.1, ::1 or localhost; or set MARTLET_API_KEYS"
            )
        }
    }

    /// Whether an address can be reached from this machine alone.
    static func isLoopback(_ address: String) -> Bool {
        address == "localhost" || address == "::1" || (address.hasPrefix("127.") && !address.contains { $0.isLetter })
    }
}
