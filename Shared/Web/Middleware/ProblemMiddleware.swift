// SPDX-License-Identifier: Apache-2.0
// Martlet: turns whatever a route throws into a problem, so that no error leaves in any other form.

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Platform

/// Renders errors, and tells clients to leave while the service drains.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = WebContext

    let lifecycle: Lifecycle
    let logger: Logger
    /// Maps the errors of a service's own domain; nil for those it does not know.
    let translate: @Sendable (any Error) -> ProblemError?

    func handle(
        _ request: Request,
        context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = translate(error) ?? ProblemError(any: error)
            report(problem, context)
            response = problem.response(instance: context.requestID)
        }
        // A keep-alive client would go on for ever with a service that is about to end: it must leave after this answer.
        if lifecycle.phase >= .draining { response.headers[.connection] = "close" }
        return response
    }

    private func report(_ problem: ProblemError, _ context: WebContext) {
        guard let cause = problem.cause else { return }
        let level: Logger.Level = problem.status.code == 500 ? .error : .debug
        logger.log(
            level: level,
            "request failed",
            metadata: ["route": "\(context.route)", "problem": "\(problem.kind.name)", "error": "\(cause)"]
        )
    }
}
