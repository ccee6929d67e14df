// SPDX-License-Identifier: Apache-2.0
// Martlet: the built-in check of free disk space.
internal import Glibc

extension HealthCheck {
    /// The file system of a path; degrades (and no more) when it is used to `threshold` percent or above. Default 90.
    ///
    /// `free` is what an ordinary user may still write; `percent` is of what such a user can see, as `df` counts it.
    public static func disk(path: String = "/", threshold: Double = 90) -> HealthCheck {
        HealthCheck("disk", criticality: .degrading, cacheTime: .seconds(5)) {
            var status = statvfs()
            guard statvfs(path, &status) == 0 else {
                throw PlatformError(.file, "\(path): \(String(cString: strerror(errno)))")
            }
            let block = UInt64(status.f_frsize)
            let total = UInt64(status.f_blocks) * block
            let used = total - UInt64(status.f_bfree) * block
            let free = UInt64(status.f_bavail) * block
            return usage(total: total, used: used, free: free, threshold: threshold)
        }
    }

    static func usage(total: UInt64, used: UInt64, free: UInt64, threshold: Double) -> HealthFinding {
        let visible = used + free
        let percent = visible == 0 ? 0 : (Double(used) / Double(visible) * 1000).rounded() / 10
        return HealthFinding(
            percent >= threshold ? .degraded : .up,
            details: [
                ("total", .int(Int(clamping: total))), ("used", .int(Int(clamping: used))),
                ("free", .int(Int(clamping: free))), ("percent", .double(percent)),
            ]
        )
    }
}
