// SPDX-License-Identifier: Apache-2.0
// Martlet: how much memory a process takes, from /proc.

import FoundationEssentials
import Glibc

/// The resident memory of one process.
struct ProcessMemory: Sendable {
    /// Now, in bytes.
    let resident: Int
    /// The most ever, in bytes.
    let peak: Int

    /// Looks at a process; nil when there is none.
    init?(of pid: pid_t) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        resident = Self.bytes(lines, "VmRSS:")
        peak = Self.bytes(lines, "VmHWM:")
    }

    private static func bytes(_ lines: [Substring], _ key: String) -> Int {
        guard let line = lines.first(where: { $0.hasPrefix(key) }) else { return 0 }
        let kilobytes = line.dropFirst(key.count).split { $0 == " " || $0 == "\t" }.first
        return (kilobytes.flatMap { Int($0) } ?? 0) * 1_024
    }
}
