// SPDX-License-Identifier: Apache-2.0
// Martlet: the one place where an error becomes an HTTP response.

public import HTTPTypes
public import Hummingbird
internal import NIOCore
internal import Platform

extension ProblemError: HTTPResponseError {
    /// The kind's status.
    public var status: HTTPResponse.Status { kind.status }

    /// The problem as `application/problem+json`; `instance` is the id of the request.
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        response(instance: LogContext.current.requestID)
    }

    func response(instance: String?) -> Response {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.field("type", kind.type)
            json.field("title", kind.title)
            json.field("status", kind.status.code)
            json.field("detail", detail)
            json.field("instance", instance)
            guard !errors.isEmpty else { return }
            json.key("errors")
            json.array { json in
                for error in errors.prefix(100) { Self.write(error, to: &json) }
            }
        }
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if closesConnection { headers[.connection] = "close" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: json.buffer))
    }

    private static func write(_ error: FieldError, to json: inout JSONWriter) {
        json.object { json in
            switch error.place {
            case .pointer(let pointer): json.field("pointer", pointer)
            case .parameter(let name): json.field("parameter", name)
            case .header(let name): json.field("header", name)
            }
            json.field("detail", error.detail)
            json.field("allowed", error.allowed)
        }
    }
}

extension ProblemError {
    /// Sorts any error that a route threw.
    ///
    /// What is not a problem already, nor one of the framework's own refusals, is a fault of ours and shows nothing of itself.
    init(any error: any Error) {
        switch error {
        case let problem as ProblemError: self = problem
        case let fault as JSONFault: self = .malformed(fault)
        case is RequestDeadlineExceeded: self.init(.requestTimeout, closesConnection: true)
        case is NIOTooManyBytesError: self.init(.tooLarge, closesConnection: true)
        case let error as any HTTPResponseError where error.status == .notFound: self.init(.unknownRoute)
        case let error as any HTTPResponseError where error.status.kind == .clientError:
            self.init(.badRequest, detail: error.status.reasonPhrase, closesConnection: true)
        default: self.init(.internalError, cause: error)
        }
    }
}
