// SPDX-License-Identifier: Apache-2.0
// Martlet: reads how mails are sent, for receivers and for subscribers.

internal import Platform

/// Reads a mail server and who sends.
enum MailServerReader {
    /// Throws with the name of the field that can't be used; every field is read before anything is made.
    static func read(_ fields: MapReader) throws(NotificationError) -> (client: SMTPClient, from: EmailAddress) {
        let security = fields.choice("security", of: SMTPConfiguration.Security.self) ?? .startTLS
        let fallback = security == .implicit ? 465 : security == .none ? 25 : 587
        var credentials: SMTPConfiguration.Credentials?
        if let user = fields.text("username") {
            let password = Secret(fields.requiredText("password", allowed: "the user's password"))
            credentials = SMTPConfiguration.Credentials(username: user, password: password)
        }
        let host = fields.requiredText("host", allowed: "a mail server")
        let port = fields.int("port", in: 1...65_535) ?? fallback
        let mayBeClear = fields.bool("clear_password_on_loopback", default: false)
        let greeting = fields.text("greeting") ?? "[127.0.0.1]"
        let authorityFile = fields.text("ca_file")
        let sender = fields.requiredText("from", allowed: "an e-mail address")
        let configuration = try SMTPConfiguration(
            host: host,
            port: port,
            security: security,
            credentials: credentials,
            allowsClearPasswordOnLoopback: mayBeClear,
            greeting: greeting,
            authorityFile: authorityFile
        )
        let from = try naming("from") { () throws(NotificationError) in try EmailAddress(sender) }
        return (try SMTPClient(configuration), from)
    }

    /// Gives an error the name of the setting that it comes from.
    static func naming<Value>(
        _ field: String,
        _ body: () throws(NotificationError) -> Value
    ) throws(NotificationError) -> Value {
        do { return try body() } catch { throw NotificationError(error.code, field, error.message) }
    }
}
