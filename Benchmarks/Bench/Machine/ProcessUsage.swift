// SPDX-License-Identifier: Apache-2.0
// Martlet: what a process takes, from /proc.

import FoundationEssentials
import Glibc

/// A look at one process.
struct ProcessUsage: Sendable {
    /// CPU time so far, user and system, with all its threads.
    let cpu: Duration
    /// Resident memory now, in bytes.
    let resident: Int
    /// The most that was ever resident, in bytes.
    let peak: Int

    /// Looks at a process; nil when there is none.
    init?(of pid: pid_t) {
        guard let stat = Self.read("/proc/\(pid)/stat"), let status = Self.read("/proc/\(pid)/status") else { return nil }
        // The name in parentheses may hold anything; what follows is plain numbers, the state first.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ").dropFirst()
        let (user, system) = (fields.startIndex + 11, fields.startIndex + 12)
        guard fields.indices.contains(system), let user = Int(fields[user]), let system = Int(fields[system]) else {
            return nil
        }
        cpu = .milliseconds((user + system) * 1_000 / Self.ticksPerSecond)
        resident = Self.bytes(status, "VmRSS:")
        peak = Self.bytes(status, "VmHWM:")
    }

    private static let ticksPerSecond = max(1, sysconf(Int32(_SC_CLK_TCK)))

    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func bytes(_ status: String, _ key: String) -> Int {
        for line in status.split(separator: "\n") where line.hasPrefix(key) {
            return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
        }
        return 0
    }
}
