// SPDX-License-Identifier: Apache-2.0
// Martlet: the bytes of one scrape.

/// Builds the page in one of the formats.
struct MetricsPage {
    private(set) var bytes: [UInt8] = []
    private let format: ExpositionFormat

    init(_ format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(16_384)
    }

    mutating func header(_ name: String, _ kind: MetricKind, help: String) {
        // OpenMetrics names a counter's family without the suffix of its samples.
        let isBare = format == .openMetrics && kind == .counter && name.hasSuffix("_total")
        let family = isBare ? String(name.dropLast(6)) : name
        text("# HELP \(family) \(MetricName.help(help.isEmpty ? name : help, openMetrics: format == .openMetrics))\n")
        text("# TYPE \(family) \(kind.rawValue)\n")
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        series(name, labels)
        text(Self.number(value))
        newline()
    }

    mutating func sample(_ name: String, _ labels: String, count: UInt64) {
        series(name, labels)
        text("\(count)")
        newline()
    }

    mutating func histogram(_ name: String, _ labels: String, _ histogram: MetricHistogram) {
        let (snapshot, exemplars) = histogram.page
        let comma = labels.isEmpty ? "" : ","
        var cumulative: UInt64 = 0
        for (index, count) in snapshot.buckets.enumerated() {
            cumulative &+= count
            let bound = index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
            series(name + "_bucket", "\(labels)\(comma)le=\"\(bound)\"")
            text("\(cumulative)")
            if format == .openMetrics, index < exemplars.count, let exemplar = exemplars[index] { add(exemplar) }
            newline()
        }
        sample(name + "_sum", labels, snapshot.sum)
        sample(name + "_count", labels, count: cumulative)
    }

    /// Only OpenMetrics knows these; the older format would be invalid with them.
    private mutating func add(_ exemplar: MetricExemplar) {
        let seconds = Double(exemplar.time.microseconds) / 1_000_000
        text(" # {trace_id=\"\(exemplar.traceID)\"} \(Self.number(exemplar.value)) \(Self.number(seconds))")
    }

    mutating func end() { if format == .openMetrics { text("# EOF\n") } }

    private mutating func series(_ name: String, _ labels: String) {
        text(name)
        if !labels.isEmpty {
            bytes.append(UInt8(ascii: "{"))
            text(labels)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
    }

    private mutating func newline() { bytes.append(UInt8(ascii: "\n")) }

    private mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Always with a point or an exponent, as OpenMetrics wants bounds to be; both formats then name the same series.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }
}
