// SPDX-License-Identifier: Apache-2.0
// The health of the two servers, as every program sees it.

public import Platform
public import Postgres

extension HealthCheck {
    /// The ledger answers; without it nothing works.
    public static func database(_ pool: PostgresPool) -> HealthCheck {
        HealthCheck("database", criticality: .critical) {
            _ = try await pool.ping(deadline: .milliseconds(900))
            return HealthFinding(.up)
        }
    }

    /// Work goes over the bus; without it everything still works, slower.
    public static func bus(_ bus: Bus) -> HealthCheck {
        HealthCheck("bus", criticality: .degrading) {
            if bus.isOpen { return HealthFinding(.up) }
            let reason = bus.isConnected ? "Redis has no memory for more" : "Redis is away, or refuses to write"
            return HealthFinding(.degraded, details: [("reason", .string(reason))])
        }
    }
}
