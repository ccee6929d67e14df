// SPDX-License-Identifier: Apache-2.0
// Martlet: which of the two text formats a scraper wants.

/// A format of the metrics page.
public enum ExpositionFormat: Sendable, CaseIterable {
    /// Prometheus text 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    /// Chooses by an `Accept` header: OpenMetrics only when it is named and preferred at least as much as plain text.
    public init(accept: String?) {
        var openMetrics = 0.0
        var text = 0.0
        for item in (accept ?? "").split(separator: ",") {
            let parts = item.split(separator: ";").map { String($0).trimmedWhitespace().lowercased() }
            guard let type = parts.first else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            let version = parts.dropFirst().first { $0.hasPrefix("version=") }.map { String($0.dropFirst(8)) }
            switch type {
            case "application/openmetrics-text" where version == nil || version == "1.0.0":
                openMetrics = max(openMetrics, quality)
            case "text/plain", "text/*", "*/*": text = max(text, quality)
            default: continue
            }
        }
        self = openMetrics > 0 && openMetrics >= text ? .openMetrics : .text
    }

    /// The value of the `Content-Type` header.
    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}
