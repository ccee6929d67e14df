// SPDX-License-Identifier: Apache-2.0
// Martlet: the types of metrics.

/// The type of a metric, as scrapers see it.
public enum MetricKind: String, Sendable {
    /// Only grows; the name ends in `_total`.
    case counter
    /// Rises and falls.
    case gauge
    /// Counts in buckets.
    case histogram
}
