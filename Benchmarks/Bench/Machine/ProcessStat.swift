// SPDX-License-Identifier: Apache-2.0
// Martlet: one line of /proc: whose child a process is and how much CPU it used.

import FoundationEssentials
import Glibc

/// The fields of `/proc/<pid>/stat` that matter here.
struct ProcessStat: Sendable {
    let parent: pid_t
    /// User and system time of all its threads.
    let cpuSeconds: Double
    /// The same of its ended children.
    let childrenSeconds: Double

    private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

    /// Looks at a process; nil when there is none.
    init?(_ pid: pid_t) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // The name in parentheses may hold anything; behind it come the state and plain numbers.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst().map { Int($0) ?? 0 }
        guard fields.count > 14 else { return nil }
        parent = pid_t(fields[1])
        cpuSeconds = Double(fields[11] + fields[12]) / Self.ticksPerSecond
        childrenSeconds = Double(fields[13] + fields[14]) / Self.ticksPerSecond
    }
}
