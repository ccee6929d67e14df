// SPDX-License-Identifier: Apache-2.0
// Martlet: one log line, one sample in the metrics and, where traces are recorded, one span for each request.

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Platform

/// Logs, counts and traces requests by route pattern, method and status; one layer for all three, for each costs every request.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let metrics: RequestMetrics
    let accessLog: AccessLog
    let logger: Logger
    let tracer: TraceRecorder?
    /// Routes that are asked all the time by machines; logged at debug, and no work worth a trace.
    let quietRoutes: Set<String>

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let started = ContinuousClock.now
        metrics.inFlight.add(1)
        defer { metrics.inFlight.add(-1) }
        let isQuiet = quietRoutes.contains(context.route)
        let span = RequestSpan.start(isQuiet ? nil : tracer, parent: context.trace)
        var context = context
        let response: Response
        do {
            if case .wanted(let span) = span {
                context.trace = span.traceContext
                let traced = context
                response = try await span.around { try await next(request, traced) }
            } else {
                response = try await next(request, context)
            }
        } catch {
            span.fail()
            throw error
        }
        span.end(request, context, response)
        let elapsed = ContinuousClock.now - started
        metrics.record(
            route: context.route,
            method: request.method,
            status: response.status.code,
            elapsed: elapsed,
            trace: context.trace
        )
        if accessLog.includes(status: response.status.code) {
            log(isQuiet && response.status.code < 500 ? .debug : .info, request, context, response, elapsed)
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
        LogContext.with({ $0.set(context.trace) }) {
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
}
