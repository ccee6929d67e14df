// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the signing keys of notifications.
public import Platform

extension WebhookKey {
    /// Reads a key; throws `configuration` without showing it.
    public init(_ text: String) throws(NotificationError) {
        guard let key = WebhookKey(parsing: text) else {
            throw NotificationError(.configuration, "secret", "must be \(WebhookKey.allowed)")
        }
        self = key
    }
}
