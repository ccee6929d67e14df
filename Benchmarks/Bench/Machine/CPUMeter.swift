// SPDX-License-Identifier: Apache-2.0
// Martlet: who used how much CPU during a measurement; it says where the next bottleneck is.

import FoundationEssentials
import Glibc
import Postgres

/// CPU time of the servers and of Martlet's programs between two moments.
struct CPUMeter: Sendable {
    private let processes: [(key: String, pid: pid_t)]
    private let postmaster: pid_t?
    private let before: [String: Double]

    /// Starts the clocks of the servers (`cpuPostgres`, `cpuRedis`) and of programs by their key.
    static func start(_ lab: Lab, _ programs: [(key: String, program: RunningProgram)]) async throws -> CPUMeter {
        var processes = programs.map { (key: $0.key, pid: $0.program.process.pid) }
        if let pid = try await lab.redisInfo("server")["process_id"].flatMap(pid_t.init) {
            processes.append((key: "cpuRedis", pid: pid))
        }
        let backend = try await lab.admin.simpleQuery("SELECT pg_backend_pid()").last?.int(0, 0)
        let postmaster = backend.flatMap { ProcessStat(pid_t($0)) }?.parent
        let none = CPUMeter(processes: processes, postmaster: postmaster, before: [:])
        return CPUMeter(processes: processes, postmaster: postmaster, before: none.seconds())
    }

    /// Microseconds of CPU for each of `count` jobs since the start; nothing for a server that runs elsewhere.
    func microseconds(per count: Int) -> [String: Double] {
        seconds().reduce(into: [:]) { $0[$1.key] = ($1.value - (before[$1.key] ?? 0)) * 1e6 / Double(max(1, count)) }
    }

    private func seconds() -> [String: Double] {
        var values: [String: Double] = [:]
        for process in processes { values[process.key] = ProcessStat(process.pid)?.cpuSeconds }
        if let postmaster, let own = ProcessStat(postmaster) {
            // What ended backends used is in their parent's account.
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            let children = entries.compactMap(pid_t.init).compactMap(ProcessStat.init).filter {
                $0.parent == postmaster
            }
            values["cpuPostgres"] = children.reduce(own.cpuSeconds + own.childrenSeconds) { $0 + $1.cpuSeconds }
        }
        return values
    }
}
