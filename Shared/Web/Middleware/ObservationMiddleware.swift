// SPDX-License-Identifier: Apache-2.0
// Martlet: one log line and one sample in the metrics for each request.

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Platform

/// Logs and counts requests by route pattern, method and status.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let metrics: RequestMetrics
    let accessLog: AccessLog
    let logger: Logger
    /// Routes that are asked all the time by machines; logged at debug.
    let quietRoutes: Set<String>

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let started = ContinuousClock.now
        metrics.inFlight.add(1)
        defer { metrics.inFlight.add(-1) }
        let response = try await next(request, context)
        let elapsed = ContinuousClock.now - started
        metrics.record(
            route: context.route,
            method: request.method,
            status: response.status.code,
            elapsed: elapsed,
            trace: context.trace
        )
        if accessLog.includes(status: response.status.code) {
            let isQuiet = quietRoutes.contains(context.route) && response.status.code < 500
            log(isQuiet ? .debug : .info, request, context, response, elapsed)
        }
        return response
    }

    private func log(
        _ level: Logger.Level,
        _ request: Request,
        _ context: WebContext,
        _ response: Response,
        _ elapsed: Duration
    ) {
        let (seconds, attoseconds) = elapsed.components
        let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        // The pattern and never the path or the query, which are the client's data.
        logger.log(
            level: level,
            "request",
            metadata: [
                "method": "\(request.method.rawValue.prefix(16))", "route": "\(context.route)",
                "status": "\(response.status.code)", "duration_us": "\(microseconds)",
                "bytes": "\(response.body.contentLength ?? 0)",
            ]
        )
    }
}
