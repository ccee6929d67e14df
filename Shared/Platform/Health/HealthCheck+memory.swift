// SPDX-License-Identifier: Apache-2.0
// Martlet: the built-in check of memory: the container's limit if there is one, otherwise the machine's.

extension HealthCheck {
    /// Memory; degrades (and no more) when it is used to `threshold` percent or above. Default 90.
    ///
    /// Within a cgroup v2 limit: the limit, and what is used without file pages that the kernel can drop. Otherwise
    /// MemTotal and
    /// MemAvailable of the machine.
    public static func memory(threshold: Double = 90) -> HealthCheck {
        memory(threshold: threshold, root: "")
    }

    /// `root` precedes every path, for tests.
    static func memory(threshold: Double, root: String) -> HealthCheck {
        HealthCheck("memory", criticality: .degrading) {
            if let (total, used) = cgroup(root) {
                return usage(total: total, used: min(used, total), free: total - min(used, total), threshold: threshold)
            }
            let text = try FileText.text(path: root + "/proc/meminfo", limit: 65_536)
            guard let total = field("MemTotal:", in: text), let free = field("MemAvailable:", in: text) else {
                throw PlatformError(.file, "/proc/meminfo has no MemTotal or MemAvailable")
            }
            let (bytes, available) = (total * 1024, min(free, total) * 1024)
            return usage(total: bytes, used: bytes - available, free: available, threshold: threshold)
        }
    }

    private static func cgroup(_ root: String) -> (total: UInt64, used: UInt64)? {
        guard let membership = try? FileText.text(path: root + "/proc/self/cgroup", limit: 65_536),
            let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        // In a container with its own cgroup namespace the path is "/"; without one it leads down from the host's root.
        for path in [String(line.dropFirst(3)), "/"] {
            let directory = root + "/sys/fs/cgroup" + (path == "/" ? "" : path)
            guard let limit = number(directory + "/memory.max"), let current = number(directory + "/memory.current")
            else {
                continue
            }
            let stat = (try? FileText.text(path: directory + "/memory.stat", limit: 65_536)) ?? ""
            let droppable = field("inactive_file", in: stat) ?? 0
            return (limit, current - min(droppable, current))
        }
        return nil
    }

    private static func number(_ path: String) -> UInt64? {
        (try? FileText.text(path: path, limit: 256)).flatMap { UInt64($0.trimmedWhitespace()) }
    }

    private static func field(_ name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, words[0] == name { return UInt64(words[1]) }
        }
        return nil
    }
}
