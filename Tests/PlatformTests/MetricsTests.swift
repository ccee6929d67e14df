// SPDX-License-Identifier: Apache-2.0
// Martlet: the metrics registry and its two text formats.
import FoundationEssentials
import Metrics
import Testing

@testable import Platform

@Suite struct MetricsTests {
    @Test func callsAreCountedByOperationAndFailuresByCode() {
        let registry = MetricsRegistry()
        let calls = CallMetrics(registry, dependency: "store", labels: [("pool", "p")])
        calls.record("get", .milliseconds(3), error: nil)
        calls.record("get", .milliseconds(4), error: "timeout")
        calls.record("put", .seconds(70), error: nil)
        let page = page(registry)
        for line in [
            #"martlet_store_call_seconds_count{operation="get",pool="p"} 2"#,
            #"martlet_store_call_seconds_bucket{operation="get",pool="p",le="0.0025"} 0"#,
            #"martlet_store_call_seconds_bucket{operation="put",pool="p",le="60.0"} 0"#,
            #"martlet_store_call_seconds_count{operation="put",pool="p"} 1"#,
            #"martlet_store_errors_total{code="timeout",pool="p"} 1"#,
        ] { #expect(page.contains(line + "\n"), "\(line)") }
    }

    @Test(.timeLimit(.minutes(1))) func aLoopThatIsHeldUpShowsIt() async throws {
        let registry = MetricsRegistry()
        let lag = LoopLag(
            registry,
            probes: [
                .init("held") {
                    try? await Task.sleep(for: .milliseconds(60))
                    return .now
                }, .init("free") { .now }, .init("gone") { nil },
            ]
        )
        let histogram = { (loop: String) in
            registry.histogram("martlet_loop_lag_seconds", help: "", labels: [("loop", loop)]).snapshot
        }
        let measuring = Task { try await lag.run() }
        while histogram("free").count < 1 || histogram("held").count < 1 {
            try await Task.sleep(for: .milliseconds(10))
        }
        measuring.cancel()
        try await measuring.value
        #expect(histogram("held").sum >= 0.06 && histogram("tasks").count >= 1 && histogram("gone").count == 0)
    }

    private func page(_ registry: MetricsRegistry, _ format: ExpositionFormat = .text) -> String {
        String(decoding: registry.render(format), as: UTF8.self)
    }

    @Test func countersGaugesAndHistograms() {
        let registry = MetricsRegistry()
        let counter = registry.counter("jobs", help: "Jobs.", labels: [("queue", "a\"b\\c\nd"), ("kind", "x")])
        counter.add(3)
        counter.add(-1)
        registry.counter("jobs_total", help: "Jobs.", labels: [("kind", "x"), ("queue", "a\"b\\c\nd")]).add()
        registry.gauge("depth", help: "Depth.").set(2.5)
        registry.gauge("asked", help: "Asked.") { 7 }
        let histogram = registry.histogram("wait_seconds", help: "Wait.", buckets: [1, 0.1])
        histogram.observe(0.1)
        histogram.observe(0.5, count: 3)
        histogram.observe(.seconds(9))
        histogram.observe(.nan)
        #expect(
            page(registry) == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{kind="x",queue="a\\"b\\\\c\\nd"} 4
                # HELP depth Depth.
                # TYPE depth gauge
                depth 2.5
                # HELP asked Asked.
                # TYPE asked gauge
                asked 7.0
                # HELP wait_seconds Wait.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.1"} 1
                wait_seconds_bucket{le="1.0"} 4
                wait_seconds_bucket{le="+Inf"} 5
                wait_seconds_sum 10.6
                wait_seconds_count 5

                """
        )
        let open = page(registry, .openMetrics)
        #expect(open.contains("# TYPE jobs counter\njobs_total{"))
        #expect(open.hasSuffix("# EOF\n"))
    }

    @Test func seriesAreBoundedAndCounted() {
        let registry = MetricsRegistry(maximumSeriesPerMetric: 10)
        for index in 0..<25 { registry.counter("c", help: "C.", labels: [("i", "\(index)")]).add() }
        registry.gauge("c_total", help: "Another type.").set(1)
        let text = page(registry)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("c_total{") } == 10)
        #expect(text.contains("martlet_metrics_dropped_series_total{metric=\"c_total\"} 16"))
        registry.remove("c_total", labels: [("i", "3")])
        registry.counter("c", help: "C.", labels: [("i", "new")]).add()
        #expect(page(registry).contains("c_total{i=\"new\"} 1"))
    }

    @Test func libraryMetricsGetValidNames() {
        let registry = MetricsRegistry(buckets: ["batch_size": [5]])
        Metrics.Counter(label: "9http.requests-sent", dimensions: [("le", "x"), ("päth", "/")], factory: registry)
            .increment(by: 2)
        Metrics.Timer(label: "http.duration", dimensions: [], factory: registry).recordMilliseconds(40)
        Metrics.Recorder(label: "batch.size", dimensions: [], aggregate: true, factory: registry).record(3)
        Metrics.Meter(label: "open", dimensions: [], factory: registry).increment(by: 1.5)
        Metrics.FloatingPointCounter(label: "energy", dimensions: [], factory: registry).increment(by: 0.5)
        Metrics.Gauge(label: "level", dimensions: [], factory: registry).record(4)
        let text = page(registry)
        for line in [
            "_9http_requests_sent_total{label_le=\"x\",p_th=\"/\"} 2", "http_duration_seconds_bucket{le=\"0.05\"} 1",
            "http_duration_seconds_bucket{le=\"0.025\"} 0", "batch_size_bucket{le=\"5.0\"} 1", "open 1.5",
            "energy_total 0.5", "level 4.0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
    }

    @Test func countsFromManyTasks() async {
        let registry = MetricsRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 {
                        registry.counter("n", help: "N.").add()
                        registry.gauge("g", help: "G.").add(1)
                        registry.histogram("h", help: "H.").observe(0.01)
                    }
                }
            }
        }
        let text = page(registry)
        #expect(text.contains("\nn_total 40000\n"))
        #expect(text.contains("\ng 40000.0\n"))
        #expect(text.contains("\nh_count 40000\n"))
    }

    @Test func collectorsComeAndGoAndCannotSpoilThePage() {
        let registry = MetricsRegistry()
        registry.gauge("taken", help: "T.").set(1)
        registry.collect { samples in
            samples.gauge("depth", help: "D.", labels: [("queue", "a")], 4)
            samples.gauge("depth", help: "D.", labels: [("queue", "a")], 5)
            samples.counter("depth", help: "D.", 5)
            samples.gauge("taken", help: "T.", 2)
        }
        let text = page(registry)
        #expect(text.contains("depth{queue=\"a\"} 4.0"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("taken ") } == 1)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("depth{") } == 1)
    }

    @Test func processMetricsAreSane() throws {
        let registry = MetricsRegistry()
        ProcessMetrics.register(in: registry, service: "test", build: BuildInfo(environment: [:]))
        let text = page(registry)
        #expect(text.contains("martlet_build_info{commit=\"unknown\",service=\"test\",version=\"0.1.0\"} 1.0"))
        let value = { (name: String) -> Double in
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            return try #require(line?.split(separator: " ").last.flatMap { Double($0) })
        }
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") > value("process_open_fds"))
        #expect(try value("process_threads") >= 1)
        let age = Date().timeIntervalSince1970 - (try value("process_start_time_seconds"))
        #expect(age > -2 && age < 3600 * 3)
        let stat = "1 (a b) c) S 1 1 1 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 7 0 100 4096 55 1844"
        #expect(ProcessStat(stat)?.cpuTicks == 42)
        #expect(ProcessStat(stat)?.threads == 7)
        #expect(ProcessStat("1 (x) S") == nil)
    }

    @Test(arguments: [
        (nil, ExpositionFormat.text), ("text/plain", .text), ("*/*", .text),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", .openMetrics),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.5", .text), ("application/openmetrics-text;q=0", .text),
        ("application/openmetrics-text;version=0.0.1", .text),
    ])
    func choosesTheFormat(accept: String?, expected: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == expected)
    }

    static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed (Debian package prometheus)"))
    func promtoolAccepts() throws {
        let registry = MetricsRegistry(maximumSeriesPerMetric: 2)
        ProcessMetrics.register(in: registry, service: "te\"st\\")
        registry.counter("martlet_jobs_completed", help: "Jobs \\ with \n trouble.", labels: [("queue", "a\nb")]).add(4)
        for index in 0..<4 {
            registry.histogram("martlet_wait_seconds", help: "Wait.", labels: [("q", "\(index)")]).observe(
                Double(index)
            )
        }
        registry.gauge("martlet_depth", help: "").set(.infinity)
        let folder = try TemporaryFolder()
        let file = try folder.write("page", page(registry))
        let status = try shell("\(try #require(Self.promtool)) check metrics < \(file) > \(folder.path)/out 2>&1")
        #expect(status == 0, "\((try? FileText.text(path: folder.path + "/out", limit: 65_536)) ?? "")")
        let broken = try folder.write("broken", page(registry) + "bad{le=} 1\n")
        #expect(try shell("\(try #require(Self.promtool)) check metrics < \(broken) > /dev/null 2>&1") != 0)
    }
}
