// SPDX-License-Identifier: Apache-2.0
// Martlet: what `serve` shows of its runs and its receiver.

internal import Platform
internal import Postgres
internal import Recovery

/// Metrics of the process's own runs; what the store has is told by the catalogue's.
struct ServeMetrics: Sendable {
    private let log: RunLog

    init(_ log: RunLog) { self.log = log }

    func register(in registry: MetricsRegistry, _ context: RunContext) {
        registry.gauge("martlet_backup_rate_limit_bytes", help: "The limit of the rate in bytes a second, 0 for none.")
        {
            Double(context.pace.bytesPerSecond ?? 0)
        }
    }

    func register(_ receiver: WALReceiver, in registry: MetricsRegistry) {
        registry.gauge("martlet_backup_log_received_position", help: "How far the log is received, in bytes.") {
            Double(receiver.status.received.value)
        }
        registry.gauge("martlet_backup_log_stored_position", help: "How far the log is stored, in bytes.") {
            Double(receiver.status.stored.value)
        }
    }
}
