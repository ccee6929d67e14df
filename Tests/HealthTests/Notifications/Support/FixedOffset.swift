// SPDX-License-Identifier: Apache-2.0
// Martlet: a place whose clocks never change.

import Health
import Platform

struct FixedOffset: LocalTime {
    var hours: Int

    func offset(at time: Timestamp) -> Int { hours * 3600 }
    func local(_ time: Timestamp) -> LocalDateTime { TimeZoneRules.utc.local(time + .seconds(hours * 3600)) }
    func instants(of local: LocalDateTime) -> [Timestamp] {
        TimeZoneRules.utc.instants(of: local).map { $0 + .seconds(-hours * 3600) }
    }
}
