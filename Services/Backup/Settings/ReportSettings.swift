// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on who is told of runs, and what is promised.

internal import Platform
internal import Recovery

/// Heartbeats, metrics of runs that end, and objectives.
struct ReportSettings: Sendable {
    /// `MARTLET_BACKUP_HEARTBEATS`: addresses that get a report after each run, with `{verb}` in place of the verb.
    let heartbeats: [String]
    /// `MARTLET_BACKUP_HEARTBEAT_TOKEN`.
    let token: Secret?
    /// `MARTLET_BACKUP_PUSHGATEWAY`.
    let pushgateway: String?
    /// `MARTLET_BACKUP_PUSHGATEWAY_LABELS`: what tells this installation from others there; default none.
    let pushLabels: [MetricLabel]
    /// `MARTLET_BACKUP_METRICS_FILE`: a file ending in `.prom` for the node exporter's textfile collector.
    let metricsFile: String?
    /// `MARTLET_BACKUP_LEDGER_COPY`: whether dashboards get a copy of the catalogue in the database; default yes.
    let copiesToLedger: Bool
    /// `MARTLET_BACKUP_RPO`: what may be lost at most, default 15 min.
    let recoveryPoint: Duration
    /// `MARTLET_BACKUP_RTO`: how long a recovery may take at most, default 4 h.
    let recoveryTime: Duration
    /// Both, for drills.
    var objectives: DrillObjectives { DrillObjectives(recoveryTime: recoveryTime, recoveryPoint: recoveryPoint) }

    init(_ reader: SettingsReader) {
        heartbeats = reader.list("MARTLET_BACKUP_HEARTBEATS", default: [])
        token = reader.secret("MARTLET_BACKUP_HEARTBEAT_TOKEN")
        pushgateway = reader.url("MARTLET_BACKUP_PUSHGATEWAY", schemes: ["http", "https"])
        var labels: [MetricLabel] = []
        for text in reader.list("MARTLET_BACKUP_PUSHGATEWAY_LABELS", default: []) {
            if let label = MetricLabel(text), !labels.contains(where: { $0.name == label.name }) {
                labels.append(label)
            } else {
                reader.report(
                    "MARTLET_BACKUP_PUSHGATEWAY_LABELS",
                    problem: "\"\(text)\" is no label",
                    allowed: "name=value, separated by commas, each name once, none that the metrics have already"
                )
            }
        }
        pushLabels = labels
        metricsFile = reader.string("MARTLET_BACKUP_METRICS_FILE")
        copiesToLedger = reader.bool("MARTLET_BACKUP_LEDGER_COPY", default: true)
        let longest = Duration.seconds(30 * 86_400)
        recoveryPoint = reader.duration("MARTLET_BACKUP_RPO", default: .seconds(900), in: .seconds(1)...longest)
        recoveryTime = reader.duration("MARTLET_BACKUP_RTO", default: .seconds(14_400), in: .seconds(1)...longest)
        for address in heartbeats where !address.hasPrefix("http://") && !address.hasPrefix("https://") {
            reader.report(
                "MARTLET_BACKUP_HEARTBEATS",
                problem: "\"\(address)\" is no address",
                allowed: "URLs such as http://health:8082/v1/heartbeats/{verb}, separated by commas"
            )
        }
        if let metricsFile, !metricsFile.hasPrefix("/") || !metricsFile.hasSuffix(".prom") {
            reader.report(
                "MARTLET_BACKUP_METRICS_FILE",
                problem: "\"\(metricsFile)\" is not valid",
                allowed: "an absolute path that ends in .prom"
            )
        }
    }
}
