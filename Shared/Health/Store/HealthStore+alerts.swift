// SPDX-License-Identifier: Apache-2.0
// Martlet: alerts that an Alertmanager sent.

internal import FoundationEssentials
internal import Platform
internal import Postgres

/// An alert that an Alertmanager sent and that fires.
struct StoredAlert: Sendable, Equatable {
    /// Its `alertname`.
    var name: String
    var labels: [String: String]
    /// Its annotation `summary`, or `description`.
    var summary: String?

    var isCritical: Bool { ["critical", "page"].contains(labels["severity"]?.lowercased()) }
}

extension HealthStore {
    private static let writeStatement = PostgresStatement(
        "health_alert_write",
        """
        INSERT INTO health_alert AS a (fingerprint, name, is_firing, labels, annotations, starts_at)
        SELECT DISTINCT ON (fingerprint) * FROM unnest($1, $2, $3, $4, $5, $6) n (fingerprint, name, is_firing, labels, annotations, starts_at)
        ORDER BY fingerprint, starts_at DESC
        ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, is_firing = excluded.is_firing, labels = excluded.labels,
            annotations = excluded.annotations, starts_at = excluded.starts_at, seen_at = now()
        WHERE a.starts_at <= excluded.starts_at
        """,
        parameters: [.textArray, .textArray, .boolArray, .textArray, .textArray, .timestamptzArray]
    )
    private static let firingStatement = PostgresStatement(
        "health_alert_firing",
        """
        SELECT name, labels, annotations FROM health_alert
        WHERE is_firing AND seen_at > now() - interval '1 day' ORDER BY starts_at, fingerprint LIMIT 1000
        """
    )
    private static let dropStatement = PostgresStatement(
        "health_alert_drop",
        "DELETE FROM health_alert WHERE seen_at < now() - interval '7 days'"
    )

    /// Keeps what an Alertmanager sent; what is repeated is seen again.
    func write(_ alerts: [IncomingAlert]) async throws(HealthError) {
        guard !alerts.isEmpty else { return }
        var (prints, names, firing) = (PostgresArray(.text), PostgresArray(.text), PostgresArray(.bool))
        var (labels, annotations, starts) = (PostgresArray(.text), PostgresArray(.text), PostgresArray(.timestamptz))
        for alert in alerts {
            prints.append(alert.fingerprint)
            names.append(alert.labels["alertname"] ?? "unnamed")
            firing.append(alert.status == .firing)
            labels.append(Self.text(alert.labels))
            annotations.append(Self.text(alert.annotations))
            starts.append(alert.startsAt)
        }
        var bindings = PostgresBindings()
        for array in [prints, names, firing, labels, annotations, starts] { bindings.append(array) }
        _ = try await execute(Self.writeStatement, bindings)
    }

    /// The alerts that fire, oldest first; one that was not repeated for a day is taken for over.
    func firingAlerts() async throws(HealthError) -> [StoredAlert] {
        let result = try await execute(Self.firingStatement)
        return try decode { () throws(PostgresError) in
            var alerts: [StoredAlert] = []
            for row in 0..<result.rowCount {
                let annotations = Self.map(try result.string(row, 2))
                alerts.append(
                    StoredAlert(
                        name: try result.string(row, 0),
                        labels: Self.map(try result.string(row, 1)),
                        summary: annotations["summary"] ?? annotations["description"]
                    )
                )
            }
            return alerts
        }
    }

    /// Forgets alerts of more than a week ago.
    func dropOldAlerts() async throws(HealthError) { _ = try await execute(Self.dropStatement) }

    private static func text(_ map: [String: String]) -> String {
        // Texts alone: encoding them can't fail.
        (try? JSONEncoder().encode(map)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func map(_ text: String) -> [String: String] {
        (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))) ?? [:]
    }
}
