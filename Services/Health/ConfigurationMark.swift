// SPDX-License-Identifier: Apache-2.0
// Martlet: how a file looks from outside.

internal import Glibc

/// What changes when a file's content, its permissions or its place do.
struct ConfigurationMark: Sendable, Equatable {
    /// Device, inode, size, and the times of the last change of the content and of the rest; the system's error where it can't be looked at.
    private let facts: [Int]

    /// Looks at a file, or at what a link leads to; without a path the mark never changes.
    init(path: String?) {
        guard let path else {
            facts = []
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            facts = [Int(errno)]
            return
        }
        facts = [
            Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), status.st_size,
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }
}
