// SPDX-License-Identifier: Apache-2.0
// Martlet: the module's one error, which is also the answer that the client gets.

public import HTTPTypes

/// A problem, on its way to become an `application/problem+json` response.
public struct ProblemError: Error, Sendable, CustomStringConvertible {
    /// The kind.
    public let kind: ProblemKind
    /// One sentence about this occurrence; no stack trace, no SQL, no value of the client's.
    public var detail: String?
    /// Everything that is wrong with the request's parts, at most 100.
    public var errors: [FieldError]
    /// Headers besides the content type.
    public var headers: HTTPFields
    /// What lies underneath; for the log only.
    public var cause: (any Error)?
    /// Whether the connection must not be used again, because the rest of the request was not read.
    public var closesConnection: Bool

    /// Creates a problem.
    public init(
        _ kind: ProblemKind,
        detail: String? = nil,
        errors: [FieldError] = [],
        headers: HTTPFields = [:],
        cause: (any Error)? = nil,
        closesConnection: Bool = false
    ) {
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers
        self.cause = cause
        self.closesConnection = closesConnection
    }

    /// A 503 that says when to come back; 1 s by default.
    public static func unavailable(
        _ kind: ProblemKind,
        detail: String,
        retryAfterSeconds: Int = 1,
        cause: (any Error)? = nil
    ) -> ProblemError {
        ProblemError(kind, detail: detail, headers: [.retryAfter: String(max(1, retryAfterSeconds))], cause: cause)
    }

    /// A 400 for a text that is not JSON.
    public static func malformed(_ fault: JSONFault) -> ProblemError {
        ProblemError(
            .malformedJSON,
            detail: "\(fault)",
            errors: [FieldError(.pointer(fault.pointer), fault.reason.rawValue)]
        )
    }

    /// The kind, the detail and the cause.
    public var description: String {
        var text = "\(kind.status.code) \(kind.name)"
        if let detail { text += ": \(detail)" }
        if let cause { text += "; cause: \(cause)" }
        return text
    }
}
