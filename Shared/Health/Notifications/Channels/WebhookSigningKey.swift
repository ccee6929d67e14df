// SPDX-License-Identifier: Apache-2.0
// Martlet: the signing keys of notifications, by the rules of all webhooks.
public import Platform

/// A signing key, `whsec_` and the base64 of 24 to 64 bytes; never printed.
public typealias WebhookSigningKey = WebhookKey

extension WebhookKey {
    /// Reads a key; throws `configuration` without showing it.
    public init(_ text: String) throws(NotificationError) {
        guard let key = WebhookKey(parsing: text) else {
            throw NotificationError(.configuration, "secret", "must be \(WebhookKey.allowed)")
        }
        self = key
    }
}
