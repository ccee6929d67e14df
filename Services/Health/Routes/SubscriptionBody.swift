// SPDX-License-Identifier: Apache-2.0
// Martlet: what somebody who subscribes sends, as JSON or from a form.

internal import Health
internal import Web

/// `{"email": …}` or `{"webhook": …}`, and perhaps `checks` and `groups`.
struct SubscriptionBody: Decodable {
    private static let names: Set<String> = ["email", "webhook", "checks", "groups"]

    var email: String?
    var webhook: String?
    var checks: [String]?
    var groups: [String]?

    /// The wish of a JSON body.
    static func json(_ bytes: [UInt8]) throws(ProblemError) -> SubscriptionWish {
        let body: SubscriptionBody = try RequestBody.decode(
            bytes,
            allowed: "email or webhook (a text), checks and groups (lists of texts)",
            names: names
        )
        return try body.wish
    }

    /// The wish of a form.
    static func form(_ bytes: [UInt8]) throws(ProblemError) -> SubscriptionWish {
        guard let form = FormBody(bytes) else { throw ProblemError(.badRequest, detail: "the form can't be read") }
        if let stranger = form.fields.first(where: { !names.contains($0.name) }) {
            throw ProblemError(
                .badRequest,
                detail: "the form is not valid",
                errors: [FieldError(.pointer("/\(stranger.name.prefix(80))"), "there is no such field")]
            )
        }
        return try SubscriptionBody(
            email: form.values("email").first,
            webhook: form.values("webhook").first,
            checks: form.values("checks"),
            groups: form.values("groups")
        ).wish
    }

    private var wish: SubscriptionWish {
        get throws(ProblemError) {
            switch (email, webhook) {
            case (let address?, nil):
                SubscriptionWish(.email, address, checks: checks ?? [], groups: groups ?? [])
            case (nil, let address?):
                SubscriptionWish(.webhook, address, checks: checks ?? [], groups: groups ?? [])
            default:
                throw ProblemError(
                    .badRequest,
                    detail: "the body is not valid",
                    errors: [FieldError(.pointer("/email"), "exactly one of email and webhook is needed")]
                )
            }
        }
    }
}
