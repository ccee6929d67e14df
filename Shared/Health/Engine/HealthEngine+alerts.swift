// SPDX-License-Identifier: Apache-2.0
// Martlet: takes the alerts of an Alertmanager in.

internal import Platform

extension HealthEngine {
    /// Takes a webhook's payload in, and has the checks that look at alerts look now; returns how many alerts it held.
    ///
    /// - Throws: `invalid` with the field that is wrong.
    public func take(alerts payload: [UInt8]) async throws(HealthError) -> Int {
        let webhook: AlertmanagerWebhook
        do throws(NotificationError) { webhook = try AlertmanagerWebhook(parsing: payload) } catch {
            let problem = ConfigurationProblem(
                file: "request",
                path: error.field,
                problem: error.message,
                allowed: "Alertmanager's webhook, version 4"
            )
            throw HealthError(.invalid, "the alerts can't be read", problems: [problem])
        }
        try await store.write(webhook.alerts)
        scheduler.hurry(configuration.checks.filter { $0.kind == "alerts" }.map(\.id))
        return webhook.alerts.count
    }
}

extension HealthConfiguration {
    /// Whether somebody with a token may send alerts; unknown where `alertmanager` is not configured.
    public func maySendAlerts(token: String?) -> ReportAccess {
        guard takesAlerts else { return .unknown }
        guard let alertToken else { return .open }
        return Self.isEqual(alertToken, token) ? .allowed : .refused
    }
}
