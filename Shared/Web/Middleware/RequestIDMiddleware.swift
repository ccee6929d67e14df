// SPDX-License-Identifier: Apache-2.0
// Martlet: gives every request an id, in the response, in the log lines and in problems.

internal import HTTPTypes
internal import Hummingbird
internal import Platform

/// The outermost middleware: the client's `X-Request-ID` if it is sane, else a new one; and its `traceparent`
/// with its `tracestate`.
struct RequestIDMiddleware: RouterMiddleware {
    typealias Context = WebContext

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let given = request.headers[.xRequestID]
        let id = given.flatMap { RequestIdentifier.isSane($0) ? $0 : nil } ?? RequestIdentifier.make()
        context.requestID = id
        context.trace = request.headers[.traceparent].flatMap { parent in
            // Several lines of a state are one list; one that breaks the rules is left out.
            TraceContext(traceparent: parent, tracestate: request.headers[.tracestate])
        }
        let trace = context.trace
        var response = try await LogContext.with({ ids in
            ids.requestID = id
            ids.set(trace)
        }) { () async throws(any Error) in
            try await next(request, context)
        }
        response.headers[.xRequestID] = id
        return response
    }
}
