// SPDX-License-Identifier: Apache-2.0
// Martlet: reads who may subscribe to the status page.

internal import Platform

/// Reads `page.subscriptions`.
enum SubscriptionReader {
    static func settings(_ fields: MapReader) -> SubscriptionSettings {
        var settings = SubscriptionSettings()
        settings.limit = fields.int("limit", in: 1...1_000_000) ?? settings.limit
        settings.email = fields.map("email") { email($0) }
        if case .map? = fields.value("webhook")?.content {
            settings.webhooks = fields.map("webhook") { webhooks($0) }
        } else if fields.bool("webhook", default: false) {
            settings.webhooks = SubscriptionSettings.Webhooks()
        }
        let allowed = "addresses or CIDR blocks such as 10.0.0.0/8"
        settings.trustedProxies = fields.texts("trusted_proxies", allowed: allowed).compactMap { text in
            if let block = AddressBlock(text) { return block }
            fields.report("trusted_proxies", "\"\(text.prefix(80))\" is no block of addresses", allowed: allowed)
            return nil
        }
        return settings
    }

    private static func email(_ fields: MapReader) -> SubscriptionSettings.Email? {
        do throws(NotificationError) {
            let (client, from) = try MailServerReader.read(fields)
            return SubscriptionSettings.Email(from: from, client: client)
        } catch {
            let field = error.field.split(separator: ".").last.map(String.init) ?? "host"
            fields.report(field, "can't be used", allowed: error.message)
            return nil
        }
    }

    private static func webhooks(_ fields: MapReader) -> SubscriptionSettings.Webhooks {
        var webhooks = SubscriptionSettings.Webhooks()
        webhooks.allowsClear = fields.bool("http", default: false)
        webhooks.tls.authorityFile = fields.text("ca_file", allowed: "the path of a PEM file")
        let allowed = "addresses, CIDR blocks, host names or *.domain"
        do throws(AddressPolicy.InvalidEntry) {
            webhooks.policy = try AddressPolicy(allowing: fields.texts("allow", allowed: allowed))
        } catch {
            fields.report("allow", "\"\(error.entry.prefix(80))\" is neither of these", allowed: allowed)
        }
        return webhooks
    }
}
