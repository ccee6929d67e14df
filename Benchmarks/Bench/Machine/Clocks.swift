// SPDX-License-Identifier: Apache-2.0
// Martlet: time in the units that figures are in.

import Glibc

extension Duration {
    /// In seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    /// In milliseconds.
    var milliseconds: Double { seconds * 1_000 }
}

/// Seconds since 1970, by the clock that PostgreSQL on this machine also uses.
func wallClock() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
