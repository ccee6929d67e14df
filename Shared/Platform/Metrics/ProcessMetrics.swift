// SPDX-License-Identifier: Apache-2.0
// Martlet: what the kernel knows about this process, read from /proc at each scrape.
internal import Glibc

/// The usual `process_*` metrics of Linux, and the build's identity.
public enum ProcessMetrics {
    /// Registers the process metrics, and `martlet_build_info{service,version,commit}`.
    public static func register(in registry: MetricsRegistry, service: String, build: BuildInfo = .current) {
        registry.gauge(
            "martlet_build_info",
            help: "The running build; the value is always 1.",
            labels: [("service", service), ("version", build.version), ("commit", build.commit)]
        ).set(1)
        registry.collect { collect(&$0) }
    }

    private static func collect(_ samples: inout MetricSamples) {
        if let text = try? FileText.text(path: "/proc/self/stat", limit: 8192), let stat = ProcessStat(text) {
            let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
            let page = Double(sysconf(Int32(_SC_PAGESIZE)))
            samples.counter(
                "process_cpu_seconds_total",
                help: "CPU time in user and system mode.",
                Double(stat.cpuTicks) / tick
            )
            samples.gauge("process_virtual_memory_bytes", help: "Virtual memory.", Double(stat.virtualBytes))
            samples.gauge("process_resident_memory_bytes", help: "Resident memory.", Double(stat.residentPages) * page)
            samples.gauge("process_threads", help: "Threads of the operating system.", Double(stat.threads))
            if let boot = bootTime {
                samples.gauge(
                    "process_start_time_seconds",
                    help: "Start of the process in seconds since 1970.",
                    boot + Double(stat.startTicks) / tick
                )
            }
        }
        if let count = openDescriptors() {
            samples.gauge("process_open_fds", help: "Open file descriptors.", Double(count))
        }
        if let text = try? FileText.text(path: "/proc/self/limits", limit: 8192) {
            let line = text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
            if let limit = line?.dropFirst(14).split(separator: " ").first.flatMap({ Double($0) }) {
                samples.gauge("process_max_fds", help: "Limit of open file descriptors.", limit)
            }
        }
    }

    /// Seconds since 1970 when the kernel started; it does not change while a process runs.
    private static let bootTime: Double? = {
        guard let text = try? FileText.text(path: "/proc/stat", limit: 1 << 20) else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()

    private static func openDescriptors() -> Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return max(0, count - 3)  // ".", ".." and the directory's own descriptor
    }
}
