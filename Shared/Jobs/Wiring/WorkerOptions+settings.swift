// SPDX-License-Identifier: Apache-2.0
// A worker's options from the settings, the same for every worker: any of them may come to lead maintenance for all.

public import Platform

extension WorkerOptions {
    /// Reads the options.
    ///
    /// - Parameters:
    ///   - shutdown: How long the process has for its end; running jobs get two thirds of it by default.
    ///   - name: The worker's name where `MARTLET_WORKER_NAME` gives none.
    public init(_ reader: SettingsReader, shutdown: ShutdownSettings, name fallback: String = "worker") {
        self.init()
        queues = reader.list("MARTLET_QUEUES", default: [])
        for queue in queues where !JobLimits.isName(queue, limit: JobLimits.queueBytes) {
            reader.report(
                "MARTLET_QUEUES",
                problem: "\"\(queue)\" is not a queue's name",
                allowed: "letters, digits and . _ - : /"
            )
        }
        concurrency = reader.int("MARTLET_CONCURRENCY", default: concurrency, in: 1...100_000)
        kindConcurrency = Self.kindLimits(reader)
        maxPrefetch = reader.int("MARTLET_PREFETCH", default: maxPrefetch, in: 0...100_000)
        lease = reader.duration("MARTLET_LEASE", default: lease, in: .seconds(1) ... .seconds(3_600))
        timeout = reader.duration(
            "MARTLET_JOB_TIMEOUT",
            default: timeout,
            in: .milliseconds(100)...JobLimits.timeout
        )
        retentionDays = reader.int("MARTLET_RETENTION_DAYS", default: retentionDays, in: 1...3_650)
        maxLosses = reader.int("MARTLET_MAX_LOSSES", default: maxLosses, in: 1...1_000)
        name = reader.string("MARTLET_WORKER_NAME", default: fallback)
        version = BuildInfo.current.version
        // Running jobs get most of the time that the process has for its end; the rest is for recording how they ended.
        let longest = shutdown.gracefulTimeout - shutdown.drainDelay
        drain = reader.duration("MARTLET_DRAIN_TIMEOUT", default: longest * 2 / 3, in: .zero...longest)
    }

    /// `kind=number`, separated by commas.
    private static func kindLimits(_ reader: SettingsReader) -> [String: Int] {
        var limits: [String: Int] = [:]
        for entry in reader.list("MARTLET_KIND_CONCURRENCY", default: []) {
            let parts = entry.split(separator: "=", omittingEmptySubsequences: false)
            if parts.count == 2, JobLimits.isName(String(parts[0]), limit: JobLimits.kindBytes),
                let limit = Int(parts[1]), (1...100_000).contains(limit)
            {
                limits[String(parts[0])] = limit
            } else {
                reader.report(
                    "MARTLET_KIND_CONCURRENCY",
                    problem: "\"\(entry)\" is not a limit for a kind",
                    allowed: "a kind, = and a number from 1 to 100,000, such as http.request=20"
                )
            }
        }
        return limits
    }
}
