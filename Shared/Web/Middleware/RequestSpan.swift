// SPDX-License-Identifier: Apache-2.0
// Martlet: what is traced of a request, where traces are recorded.

internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Tracing

/// The server's side of a call, named by its route's pattern.
enum RequestSpan {
    /// No trace is recorded.
    case none
    /// A trace that the client asked for, or that is sampled here; calls and jobs belong to it.
    case wanted(TraceSpan)
    /// A trace that nobody asked for is not carried on into jobs and log lines.
    case late(LateSpan)

    static func start(_ tracer: TraceRecorder?, parent: TraceContext?) -> RequestSpan {
        guard let tracer else { return .none }
        guard let span = tracer.startIfWanted("HTTP", kind: .server, parent: parent) else {
            return .late(tracer.startLate())
        }
        return .wanted(span)
    }

    /// Ends it with the answer.
    func end(_ request: Request, _ context: WebContext, _ response: Response) {
        let hasFailed = response.status.code >= 500
        switch self {
        case .none: break
        case .wanted(let span):
            if hasFailed { span.fail() }
            span.end { Self.describe($0, request, context, response) }
        case .late(let span):
            span.end("HTTP", kind: .server, hasFailed: hasFailed) { Self.describe($0, request, context, response) }
        }
    }

    /// Ends it without an answer.
    func fail() {
        switch self {
        case .none: break
        case .wanted(let span):
            span.fail()
            span.end()
        case .late(let span): span.end("HTTP", kind: .server, hasFailed: true)
        }
    }

    private static func describe(_ span: TraceSpan, _ request: Request, _ context: WebContext, _ response: Response) {
        let method = String(request.method.rawValue.prefix(16))
        span.operationName = "\(method) \(context.route)"
        span.set("http.request.method", .string(method))
        span.set("http.route", .string(context.route))
        span.set("http.response.status_code", .int64(Int64(response.status.code)))
        // Log lines of a request whose trace was not asked for have no trace, but this.
        span.set("martlet.request_id", .string(context.requestID))
        if response.status.code >= 500 { span.set("error.type", .string("\(response.status.code)")) }
    }
}

extension TraceSpan {
    /// Runs the rest of a request with the trace in its log lines, and around the spans of its calls if it is sampled.
    func around(_ body: () async throws -> Response) async throws -> Response {
        let trace = traceContext
        return try await LogContext.with({ $0.set(trace) }) { () async throws(any Error) in
            guard trace.isSampled else { return try await body() }
            return try await asCurrent(body)
        }
    }
}
