// SPDX-License-Identifier: Apache-2.0
// Martlet: an HTTP server as a service of a process.

internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
public import Platform
public import ServiceLifecycle

/// A server for a table of routes.
///
/// ```swift
/// var routes = RouteTable()
/// OperationsRoutes(health: health, lifecycle: lifecycle, metrics: metrics).add(to: &routes)
/// let server = HTTPService(routes: routes, settings: settings, lifecycle: lifecycle, metrics: metrics, logger: logger)
/// ```
/// While the lifecycle drains, answers bear `Connection: close`. At the graceful shutdown no new connections are let in, clients get half a second to ask once
/// more and leave, then idle connections end and requests in flight are finished; the process's shutdown limit cancels what is left.
public struct HTTPService: Service, CustomStringConvertible {
    /// Bodies above this size are not asked for by `100 Continue`; routes set their own, lower limits.
    static let largestBody = 64 << 20

    private let routes: RouteTable
    private let settings: HTTPServiceSettings
    private let keys: APIKeys
    private let lifecycle: Lifecycle
    private let metrics: RequestMetrics
    private let logger: Logger
    private let translate: @Sendable (any Error) -> ProblemError?
    private let listener = Listener()
    private let connections = OpenConnections()
    private let farewell: Duration
    private let tracer: TraceRecorder?
    private let compressesAnswers: Bool

    /// Describes a server.
    ///
    /// - Parameters:
    ///   - keys: The keys for routes that want one; none by default.
    ///   - farewell: How long, at the end, a keep-alive connection may take to ask once more; 500 ms by default.
    ///   - tracer: Records requests; none by default.
    ///   - compressesAnswers: Whether answers of 1 KiB or more go compressed to those who take gzip; false by default.
    ///   - translate: Maps errors of the service's own domain to problems; nil for those it does not know.
    public init(
        routes: RouteTable,
        settings: HTTPServiceSettings,
        keys: APIKeys = APIKeys(),
        lifecycle: Lifecycle,
        metrics: MetricsRegistry,
        logger: Logger,
        farewell: Duration = .milliseconds(500),
        tracer: TraceRecorder? = nil,
        compressesAnswers: Bool = false,
        translate: @escaping @Sendable (any Error) -> ProblemError? = { _ in nil }
    ) {
        self.routes = routes
        self.settings = settings
        self.keys = keys
        self.lifecycle = lifecycle
        self.metrics = RequestMetrics(metrics)
        metrics.gauge("martlet_http_connections", help: "Open connections.") { [connections] in
            Double(connections.count)
        }
        self.logger = logger
        self.farewell = farewell
        self.tracer = tracer
        self.compressesAnswers = compressesAnswers
        self.translate = translate
    }

    /// Shown in the logs of the process's services.
    public var description: String { "http" }

    /// The port that the server listens on, once it does; nil when it ended before.
    public func port() async -> Int? { await listener.port() }

    /// Serves until the graceful shutdown.
    ///
    /// - Throws: When the address can't be bound.
    public func run() async throws {
        defer { listener.end() }
        do {
            let farewell = ServerFarewell(
                lifecycle: lifecycle,
                listener: listener,
                connections: connections,
                patience: farewell,
                logger: logger
            )
            // Shut down in reverse order.
            try await ServiceGroup(services: [makeApplication(), farewell], logger: quiet).run()
        } catch {
            guard listener.isStarting else { throw error }
            throw ListenFailure(address: settings.bind, port: settings.port, cause: error)
        }
    }

    /// The application without its socket, for tests too.
    func makeApplication() -> Application<RouterResponder<WebContext>> {
        let router = Router(context: WebContext.self)
        router.add(middleware: RequestIDMiddleware())
        router.add(
            middleware: ObservationMiddleware(
                metrics: metrics,
                accessLog: settings.accessLog,
                logger: logger,
                tracer: tracer,
                quietRoutes: routes.quietPaths
            )
        )
        router.add(middleware: ProblemMiddleware(lifecycle: lifecycle, logger: logger, translate: translate))
        if compressesAnswers { router.add(middleware: CompressionMiddleware()) }
        routes.install(on: router, keys: keys)

        let deadline = settings.bodyTimeout
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(deadline: deadline, longestContinue: Self.largestBody, connections: connections)
            ],
            idleTimeout: TimeAmount(settings.idleTimeout)
        )
        return Application(
            router: router,
            server: .http1(configuration: channel),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.bind, port: settings.port),
                backlog: settings.backlog,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.maximumConnections, logger: quiet)
            ),
            onServerRunning: { [logger, settings, listener] channel in
                let port = channel.localAddress?.port ?? settings.port
                logger.info("listening", metadata: ["address": "\(settings.bind)", "port": "\(port)"])
                listener.begin(port: port, channel)
            },
            logger: quiet
        )
    }

    /// The framework logs every start and end of a service of its own at info.
    private var quiet: Logger {
        var quiet = logger
        if quiet.logLevel == .info { quiet.logLevel = .notice }
        return quiet
    }
}
