// SPDX-License-Identifier: Apache-2.0
// Martlet: every kind of problem that the HTTP interface answers with, in one table.

public import HTTPTypes

/// A kind of problem (RFC 9457): its stable `type` is `/problems/` and its name, where the service also explains it.
public struct ProblemKind: Hashable, Sendable {
    /// The last part of the type.
    public let name: String
    /// The same short sentence each time.
    public let title: String
    /// The HTTP status.
    public let status: HTTPResponse.Status
    /// What it means and what to do, for people.
    public let explanation: String

    /// Describes a kind; a service may add its own.
    public init(_ name: String, _ status: HTTPResponse.Status, _ title: String, explanation: String) {
        self.name = name
        self.title = title
        self.status = status
        self.explanation = explanation
    }

    /// The URI reference that identifies the kind.
    public var type: String { "/problems/" + name }

    /// 400: the body is not JSON.
    public static let malformedJSON = ProblemKind(
        "malformed-json",
        .badRequest,
        "The body is not valid JSON",
        explanation:
            "The body breaks the grammar of RFC 8259, is not UTF-8, or nests deeper than 64 levels. Nothing was recorded."
    )
    /// 400: the body did not arrive whole, or the request makes no sense otherwise.
    public static let badRequest = ProblemKind(
        "bad-request",
        .badRequest,
        "The request can't be understood",
        explanation:
            "The request is not complete, or a part of its address is not of the expected form. Nothing was recorded."
    )
    /// 400: a query parameter is wrong.
    public static let invalidParameters = ProblemKind(
        "invalid-parameters",
        .badRequest,
        "Some query parameters are not valid",
        explanation: "`errors` names each parameter, what is wrong with it and what is allowed."
    )
    /// 401: no valid key.
    public static let unauthorized = ProblemKind(
        "unauthorized",
        .unauthorized,
        "A valid API key is needed",
        explanation:
            "Send `Authorization: Bearer KEY` with one of the keys that the operator has set in MARTLET_API_KEYS."
    )
    /// 404: no such route.
    public static let unknownRoute = ProblemKind(
        "unknown-route",
        .notFound,
        "There is nothing at this address",
        explanation: "The path is not one of this service; `GET /` names them."
    )
    /// 404: no such thing.
    public static let notFound = ProblemKind(
        "not-found",
        .notFound,
        "There is no such thing",
        explanation: "The path is right, but what its id names does not exist, or is older than the retention."
    )
    /// 405: the path exists, the method does not.
    public static let methodNotAllowed = ProblemKind(
        "method-not-allowed",
        .methodNotAllowed,
        "This method is not allowed here",
        explanation: "The `Allow` header names the methods of this path."
    )
    /// 408: the body came too slowly.
    public static let requestTimeout = ProblemKind(
        "request-timeout",
        .requestTimeout,
        "The body came too slowly",
        explanation: "The body was not complete within the time that the service grants. Nothing was recorded."
    )
    /// 409: the state does not allow it.
    public static let conflict = ProblemKind(
        "conflict",
        .conflict,
        "The present state does not allow this",
        explanation: "The job is in a state in which this can't be done; `detail` says which."
    )
    /// 413: the body is too large.
    public static let tooLarge = ProblemKind(
        "too-large",
        .contentTooLarge,
        "The body is too large",
        explanation: "`detail` names the limit. Send several smaller requests."
    )
    /// 415: not a content type of this route.
    public static let unsupportedMediaType = ProblemKind(
        "unsupported-media-type",
        .unsupportedMediaType,
        "This content type is not understood",
        explanation: "`detail` names the content types that the route reads."
    )
    /// 422: fields are wrong.
    public static let invalidFields = ProblemKind(
        "invalid-fields",
        .unprocessableContent,
        "Some fields are not valid",
        explanation:
            "`errors` names each field by JSON pointer, what is wrong with it and what is allowed. Nothing was recorded."
    )
    /// 422: the idempotency key belongs to another request.
    public static let idempotencyMismatch = ProblemKind(
        "idempotency-mismatch",
        .unprocessableContent,
        "The idempotency key was used for another request",
        explanation: "The same `Idempotency-Key` came before with another body. Use a new key for a new request."
    )
    /// 500: our fault.
    public static let internalError = ProblemKind(
        "internal-error",
        .internalServerError,
        "Something went wrong inside the service",
        explanation: "The fault is ours; `instance` is the request id by which the operator finds it in the logs."
    )
    /// 503: too much at once.
    public static let overloaded = ProblemKind(
        "overloaded",
        .serviceUnavailable,
        "The service has too much to do",
        explanation: "Nothing was recorded. Try again after `Retry-After` seconds."
    )
    /// 503: the ledger is away.
    public static let ledgerUnavailable = ProblemKind(
        "ledger-unavailable",
        .serviceUnavailable,
        "The ledger can't be reached",
        explanation: "Nothing was recorded. Try again after `Retry-After` seconds."
    )
    /// 503: nobody knows whether it was recorded.
    public static let outcomeUnknown = ProblemKind(
        "outcome-unknown",
        .serviceUnavailable,
        "The request may or may not have been recorded",
        explanation:
            "The ledger went away while it worked on the request. Repeat it with the same `Idempotency-Key`: then it is recorded once."
    )

    /// All kinds that this module knows.
    public static let all: [ProblemKind] = [
        malformedJSON, badRequest, invalidParameters, unauthorized, unknownRoute, notFound, methodNotAllowed,
        requestTimeout,
        conflict, tooLarge, unsupportedMediaType, invalidFields, idempotencyMismatch, internalError, overloaded,
        ledgerUnavailable, outcomeUnknown,
    ]
}
