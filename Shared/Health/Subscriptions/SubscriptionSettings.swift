// SPDX-License-Identifier: Apache-2.0
// Martlet: what the configuration says about subscribers.

public import Platform

/// Who may subscribe, and how they are told; by default nobody may.
public struct SubscriptionSettings: Sendable {
    /// The way by mail.
    struct Email: Sendable {
        /// Who sends.
        var from: EmailAddress
        /// The server that takes the mails.
        var client: SMTPClient
    }

    /// The way by webhook.
    struct Webhooks: Sendable {
        /// Which addresses may be reached.
        var policy = AddressPolicy()
        /// Whether http will do.
        var allowsClear = false
        /// How TLS is spoken.
        var tls = TLSOptions()
    }

    /// Nil takes no subscribers by mail.
    var email: Email?
    /// Nil takes no webhooks.
    var webhooks: Webhooks?
    /// The most subscribers, 1 to 1,000,000.
    var limit = 10_000
    /// The proxies whose `X-Forwarded-For` is believed.
    public var trustedProxies: [AddressBlock] = []

    /// The most requests that wait to be confirmed: a thousand, or a tenth of the subscribers if that is more.
    var pendingLimit: Int { max(1_000, limit / 10) }

    /// Whether anybody may subscribe.
    public var isOffered: Bool { email != nil || webhooks != nil }

    /// Whether people may subscribe in a way.
    public func offers(_ kind: SubscriptionKind) -> Bool {
        switch kind {
        case .email: email != nil
        case .webhook: webhooks != nil
        }
    }
}
