// SPDX-License-Identifier: Apache-2.0
// Martlet: maintenance windows that were made while running.

internal import FoundationEssentials
internal import Platform
internal import Postgres

extension HealthStore {
    private static let addStatement = PostgresStatement(
        "health_maintenance_add",
        "INSERT INTO health_maintenance (document, created_by, ends_at) VALUES ($1, $2, $3) RETURNING id",
        parameters: [.text, .text, .timestamptz]
    )
    private static let listStatement = PostgresStatement(
        "health_maintenance_list",
        """
        SELECT id, document, created_by FROM health_maintenance WHERE ends_at IS NULL OR ends_at > now() - interval '1 day'
        ORDER BY id DESC LIMIT 1000
        """
    )
    private static let removeStatement = PostgresStatement(
        "health_maintenance_remove",
        "DELETE FROM health_maintenance WHERE id = $1",
        parameters: [.int8]
    )

    private struct Document: Codable {
        var title: String
        var checks: [String]
        var groups: [String]
        var from: String?
        var to: String?
        var cron: String?
        var zone: String?
        var seconds: Int64?
    }

    /// Keeps a window; returns its identifier.
    public func add(_ window: MaintenanceWindow) async throws(HealthError) -> String {
        var document = Document(title: window.title, checks: window.checks, groups: window.groups)
        var end: Timestamp?
        switch window.times {
        case .once(let from, let to):
            document.from = from.formatted()
            document.to = to.formatted()
            end = to
        case .recurring(let cron, let zone, let duration):
            document.cron = cron.description
            document.zone = zone.identifier
            document.seconds = duration.components.seconds
        }
        guard let bytes = try? JSONEncoder().encode(document) else {
            throw HealthError(.internal, "a maintenance window can't be written")
        }
        var bindings = PostgresBindings()
        bindings.append(String(decoding: bytes, as: UTF8.self))
        bindings.append(window.createdBy)
        bindings.append(end)
        let result = try await execute(Self.addStatement, bindings)
        return try decode { () throws(PostgresError) in "\(try result.int64(0, 0))" }
    }

    /// The windows that are not long over.
    func maintenance() async throws(HealthError) -> [MaintenanceWindow] {
        let result = try await execute(Self.listStatement)
        return try decode { () throws(PostgresError) in
            var windows: [MaintenanceWindow] = []
            for row in 0..<result.rowCount {
                let text = try result.string(row, 1)
                guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
                    let times = Self.times(document)
                else { continue }
                windows.append(
                    MaintenanceWindow(
                        id: "\(try result.int64(row, 0))",
                        title: document.title,
                        times: times,
                        checks: document.checks,
                        groups: document.groups,
                        createdBy: try result.optionalString(row, 2)
                    )
                )
            }
            return windows
        }
    }

    /// Removes a window; false when there is none.
    public func removeMaintenance(_ id: Int64) async throws(HealthError) -> Bool {
        var bindings = PostgresBindings()
        bindings.append(id)
        return try await execute(Self.removeStatement, bindings).affectedRows > 0
    }

    private static func times(_ document: Document) -> MaintenanceWindow.Times? {
        if let from = document.from, let to = document.to, let start = Timestamp(rfc3339: from.utf8),
            let end = Timestamp(rfc3339: to.utf8)
        {
            return .once(from: start, to: end)
        }
        guard let text = document.cron, let cron = try? CronExpression(text), let seconds = document.seconds,
            let zone = try? TimeZoneRules(identifier: document.zone ?? "UTC")
        else { return nil }
        return .recurring(cron, zone, .seconds(seconds))
    }
}
