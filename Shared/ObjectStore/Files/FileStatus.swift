// SPDX-License-Identifier: Apache-2.0
// Martlet: size, time and kind of a file.
internal import Glibc
internal import Platform

/// What the file system says of a file.
struct FileStatus {
    let kind: FileKind
    let size: Int64
    let modified: Timestamp
    /// Names that the file has.
    let links: Int

    init(_ found: stat) {
        kind = FileKind(mode: found.st_mode)
        size = Int64(found.st_size)
        let nanoseconds = Int64(found.st_mtim.tv_nsec)
        modified = Timestamp(microseconds: Int64(found.st_mtim.tv_sec) * 1_000_000 + nanoseconds / 1_000)
        links = Int(found.st_nlink)
    }
}
