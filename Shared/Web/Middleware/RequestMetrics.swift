// SPDX-License-Identifier: Apache-2.0
// Martlet: the metrics of requests, found again by a small key instead of a look-up in the registry.

internal import HTTPTypes
internal import Platform
internal import Synchronization

/// Counts and times requests.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let statusClass: Int
    }

    private struct Series {
        let count: MetricCounter
        let duration: MetricHistogram
    }

    /// Requests that have begun and not ended.
    let inFlight: MetricGauge
    private let registry: MetricsRegistry
    private let series = Mutex<[Key: Series]>([:])
    private static let knownMethods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        inFlight = registry.gauge("martlet_http_requests_in_flight", help: "Requests that have begun and not ended.")
    }

    func record(route: String, method: HTTPRequest.Method, status: Int, elapsed: Duration, trace: TraceContext?) {
        // A client may send any word as a method, and must not make a series with it.
        let method = Self.knownMethods.contains(method.rawValue) ? method.rawValue : "other"
        let key = Key(route: route, method: method, statusClass: status / 100)
        let series = series.withLock { $0[key] } ?? make(key)
        series.count.add()
        series.duration.observe(elapsed, trace: trace)
    }

    private func make(_ key: Key) -> Series {
        let labels = [("route", key.route), ("method", key.method)]
        func count(_ status: String) -> MetricCounter {
            registry.counter("martlet_http_requests", help: "Requests answered.", labels: labels + [("status", status)])
        }
        // From zero on: the first errors of a counter that is born with them are seen by no rate.
        _ = count("5xx")
        let made = Series(
            count: count("\(key.statusClass)xx"),
            duration: registry.histogram(
                "martlet_http_request_duration_seconds",
                help: "Time from a request's head to its response.",
                labels: labels
            )
        )
        series.withLock { $0[key] = made }
        return made
    }
}
