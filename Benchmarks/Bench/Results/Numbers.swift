// SPDX-License-Identifier: Apache-2.0
// Martlet: medians, percentiles, and numbers as people read them.

extension [Double] {
    /// The middle value; the mean of the middle two; 0 when there are none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The value that a share of all (0 to 1) does not exceed.
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        let place = (Double(count) * share).rounded(.up)
        return sorted()[Swift.min(count - 1, Swift.max(0, Int(place) - 1))]
    }
}

/// Three figures that matter, with commas from a thousand up.
func shortNumber(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    let size = abs(value)
    if size >= 100 {
        let digits = String(Int(value.rounded()).magnitude)
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }
    let decimals = size >= 10 ? 1 : 2
    let scale = decimals == 1 ? 10.0 : 100.0
    let scaled = Int((value * scale).rounded())
    let fraction = String(scaled.magnitude % UInt(scale))
    let whole = scaled.magnitude / UInt(scale)
    return "\(scaled < 0 ? "-" : "")\(whole).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
}
