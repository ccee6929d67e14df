// SPDX-License-Identifier: Apache-2.0
// Martlet: rate, errors and duration of the calls to something that the process depends on.
internal import Synchronization

/// Counts and times calls to a dependency: `martlet_<dependency>_call_seconds` by operation, and `martlet_<dependency>_errors_total` by code.
///
/// Where the task that calls works for a span of a sampled trace, each call is a span below it, and its trace the exemplar.
///
/// Series are found again by a small key, since the registry's own look-up is too dear for each call.
public final class CallMetrics: Sendable {
    private let registry: MetricsRegistry
    private let dependency: String
    private let labels: [(String, String)]
    private let system: String?
    private let durations = Mutex<[String: MetricHistogram]>([:])

    /// Describes a dependency.
    ///
    /// - Parameters:
    ///   - dependency: Part of the metrics' names, such as `postgres`.
    ///   - system: What spans call it, such as `postgresql`; without, calls are no spans.
    ///   - labels: Labels of all its series, such as the pool. Operations and codes must be few: names in the program, never input.
    public init(
        _ registry: MetricsRegistry,
        dependency: String,
        system: String? = nil,
        labels: [(String, String)] = []
    ) {
        self.registry = registry
        self.dependency = dependency
        self.system = system
        self.labels = labels
    }

    /// Notes a call that ended, in the task that made it; `error` is the code of its failure, if it failed.
    public func record(_ operation: String, _ elapsed: Duration, error: String?) {
        let span = TraceSpan.sampled
        let known = durations.withLock { $0[operation] }
        (known ?? make(operation)).observe(elapsed, trace: span?.traceContext)
        if let span, let system { span.noteCall(operation, to: system, took: elapsed, error: error, labels: labels) }
        guard let error else { return }
        registry.counter(
            "martlet_\(dependency)_errors_total",
            help: "Calls that failed.",
            labels: labels + [("code", error)]
        ).add()
    }

    private func make(_ operation: String) -> MetricHistogram {
        let made = registry.histogram(
            "martlet_\(dependency)_call_seconds",
            help: "From a call to its answer.",
            labels: labels + [("operation", operation)]
        )
        durations.withLock { $0[operation] = made }
        return made
    }
}
