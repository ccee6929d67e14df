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
        let span = tracer.start("HTTP", kind: .server, parent: given)
        // Ends it when the rest throws; after its end nothing happens.
        defer { span.end() }
        var context = context
        let own = span.traceContext
        // A trace that nobody asked for and nobody keeps is not carried on into jobs and log lines.
        context.trace = given != nil || own.isSampled ? own : nil
        let response = try await within(span, context, request, next)
        if response.status.code >= 500 { span.fail() }
        span.end { span in
            let method = String(request.method.rawValue.prefix(16))
            span.operationName = "\(method) \(context.route)"
            span.set("http.request.method", .string(method))
            span.set("http.route", .string(context.route))
            span.set("http.response.status_code", .int64(Int64(response.status.code)))
        }
        return response
    }

    /// Runs the rest with the trace, if there is one to carry on, in its log lines, and around the spans of its calls if it is sampled.
    private func within(
        _ span: TraceSpan,
        _ context: WebContext,
        _ request: Request,
        _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard let trace = context.trace else { return try await next(request, context) }
        return try await LogContext.with({ $0.set(trace) }) { () async throws(any Error) in
            guard trace.isSampled else { return try await next(request, context) }
            return try await span.asCurrent { try await next(request, context) }
        }
    }
}
