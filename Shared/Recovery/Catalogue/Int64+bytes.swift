// SPDX-License-Identifier: Apache-2.0
// Martlet: a number of bytes for people.

extension Int64 {
    /// Three digits or so and a unit: `37 B`, `1.2 GiB`.
    var inBytes: String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(Swift.max(0, self))
        var unit = 0
        while value >= 1023.95, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(Swift.max(0, self)) B" }
        return "\((value * 10).rounded() / 10) \(units[unit])"
    }
}
