// SPDX-License-Identifier: Apache-2.0
// Martlet: the Idempotency-Key of a request, and the fingerprint that its repetitions must bear.

internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Web

/// A client's key for a request that it may send again.
struct IdempotencyKey: Sendable {
    /// The name is valid, so the other one is for the type alone.
    static let header = HTTPField.Name("Idempotency-Key") ?? .from

    /// The key as it came.
    let text: String

    /// The request's key, or nil when it bears none.
    init?(_ request: Request) throws(ProblemError) {
        let values = request.headers[values: Self.header]
        guard let value = values.first else { return nil }
        let isSane = value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        guard values.count == 1, isSane, !value.isEmpty, value.utf8.count <= JobLimits.keyBytes else {
            throw ProblemError(
                .badRequest,
                detail: "the idempotency key is not valid",
                errors: [
                    FieldError(
                        .header("Idempotency-Key"),
                        "is empty, too long, repeated, or holds other than printable ASCII",
                        allowed: "1...\(JobLimits.keyBytes) printable ASCII characters, once"
                    )
                ],
                closesConnection: true
            )
        }
        text = value
    }

    /// A digest of what the request asks for: its route and its body, byte for byte.
    static func fingerprint(route: String, body: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array(route.utf8))
        hash.update(data: [0])
        hash.update(data: body)
        return Array(hash.finalize())
    }
}
