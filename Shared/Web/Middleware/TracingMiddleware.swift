// SPDX-License-Identifier: Apache-2.0
// Martlet: a span for each request, where traces are recorded.

internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Tracing

/// Records each request as the server's side of a call, named by its route's pattern.
struct TracingMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let tracer: TraceRecorder
    /// Routes that are asked all the time by machines: they are no work worth a trace.
    let quietRoutes: Set<String>

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard !quietRoutes.contains(request.uri.path) else { return try await next(request, context) }
        let given = context.trace
        guard let span = tracer.startIfWanted("HTTP", kind: .server, parent: given) else {
            return try await handleUnsampled(request, context, next)
        }
        // Ends it when the rest throws; after its end nothing happens.
        defer { span.end() }
        var context = context
        context.trace = span.traceContext
        let response = try await within(span, context, request, next)
        if response.status.code >= 500 { span.fail() }
        span.end { Self.describe($0, request, context, response) }
        return response
    }

    /// A trace that nobody asked for and nobody keeps is not carried on into jobs and log lines.
    private func handleUnsampled(
        _ request: Request,
        _ context: WebContext,
        _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let span = tracer.startLate()
        do {
            let response = try await next(request, context)
            span.end("HTTP", kind: .server, hasFailed: response.status.code >= 500) {
                Self.describe($0, request, context, response)
            }
            return response
        } catch {
            span.end("HTTP", kind: .server)
            throw error
        }
    }

    private static func describe(_ span: TraceSpan, _ request: Request, _ context: WebContext, _ response: Response) {
        let method = String(request.method.rawValue.prefix(16))
        span.operationName = "\(method) \(context.route)"
        span.set("http.request.method", .string(method))
        span.set("http.route", .string(context.route))
        span.set("http.response.status_code", .int64(Int64(response.status.code)))
    }

    /// Runs the rest with the trace in its log lines, and around the spans of its calls if it is sampled.
    private func within(
        _ span: TraceSpan,
        _ context: WebContext,
        _ request: Request,
        _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let trace = span.traceContext
        return try await LogContext.with({ $0.set(trace) }) { () async throws(any Error) in
            guard trace.isSampled else { return try await next(request, context) }
            return try await span.asCurrent { try await next(request, context) }
        }
    }
}
