// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a run is, in one line.

internal import Platform
internal import Recovery

/// `42 %  1.3 GiB of 3.1 GiB  112.4 MiB/s  stored 0.5 GiB  16 s left`. Pure: figures in, text out.
struct ProgressLine: CustomStringConvertible {
    let figures: ProgressFigures

    var description: String {
        var parts: [String] = []
        if let part = figures.part { parts.append("\(Int(part * 100)) %") }
        let whole = figures.expected.map { " of \(Self.size($0))" } ?? ""
        parts.append(Self.size(figures.bytesRead) + whole)
        parts.append("\(Self.size(Int64(figures.rate)))/s")
        if figures.bytesStored > 0 { parts.append("stored \(Self.size(figures.bytesStored))") }
        if figures.bytesRecognised > 0 { parts.append("recognised \(Self.size(figures.bytesRecognised))") }
        if let left = figures.left { parts.append("\(Self.time(left)) left") }
        return parts.joined(separator: "  ")
    }

    /// With one digit behind the point, in the largest unit that leaves something before it.
    static func size(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 1_024, unit < units.count - 1 { (value, unit) = (value / 1_024, unit + 1) }
        guard unit > 0 else { return "\(bytes) B" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    /// `16 s`, `4 min 05 s` or `2 h 07 min`.
    static func time(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3_600 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
        return "\(seconds / 3_600) h \(two(seconds % 3_600 / 60)) min"
    }
}
