// SPDX-License-Identifier: Apache-2.0
// Martlet: the routes that every service has: health and metrics.

internal import HTTPTypes
internal import Hummingbird
public import Platform

/// `/health/live`, `/health/ready`, `/health/startup` and `/metrics`, open to everybody; confidential metrics only to those with a key.
public struct OperationsRoutes: Sendable {
    private let health: HealthChecks
    private let lifecycle: Lifecycle
    private let metrics: MetricsRegistry
    private let keys: APIKeys

    /// Creates the routes over the process's own objects.
    ///
    /// - Parameter keys: What opens confidential metrics; without keys everybody reads them.
    public init(health: HealthChecks, lifecycle: Lifecycle, metrics: MetricsRegistry, keys: APIKeys = APIKeys()) {
        self.keys = keys
        self.health = health
        self.lifecycle = lifecycle
        self.metrics = metrics
    }

    /// Adds them to a service's table.
    public func add(to routes: inout RouteTable) {
        let operations = self
        routes.add(.get, "/health/live", access: .everybody, isQuiet: true) { _, _ in operations.live() }
        routes.add(.get, "/health/ready", access: .everybody, isQuiet: true) { _, _ in await operations.ready() }
        routes.add(.get, "/health/startup", access: .everybody, isQuiet: true) { _, _ in operations.startup() }
        routes.add(.get, "/metrics", access: .everybody, isQuiet: true) { request, _ in
            try operations.metricsPage(request)
        }
    }

    /// The process answers: that is all that liveness means.
    private func live() -> Response { phaseResponse(.ok, status: "UP") }

    private func startup() -> Response {
        lifecycle.hasStarted ? phaseResponse(.ok, status: "UP") : phaseResponse(.serviceUnavailable, status: "DOWN")
    }

    /// 503 while starting or draining, whatever the checks say: no more requests shall come.
    private func ready() async -> Response {
        guard lifecycle.isReady else { return phaseResponse(.serviceUnavailable, status: "DOWN") }
        let report = await health.report()
        return .bytes(
            report.json(),
            type: "application/json",
            report.status == .down ? .serviceUnavailable : .ok,
            headers: Self.uncached
        )
    }

    private func phaseResponse(_ code: HTTPResponse.Status, status: String) -> Response {
        var json = JSONWriter(capacity: 64)
        json.object { json in
            json.field("status", status)
            json.field("phase", "\(lifecycle.phase)")
        }
        return .json(json, code, headers: Self.uncached)
    }

    /// A key that is shown must be right, so that a scraper with an old one is noticed.
    private func metricsPage(_ request: Request) throws(ProblemError) -> Response {
        let format = ExpositionFormat(accept: request.headers[.accept])
        let isKnown = keys.isEmpty || request.headers[.authorization] != nil
        if isKnown { try keys.check(request) }
        return .bytes(metrics.render(format, isComplete: isKnown), type: format.contentType, headers: Self.uncached)
    }

    private static let uncached: HTTPFields = [.cacheControl: "no-store"]
}
