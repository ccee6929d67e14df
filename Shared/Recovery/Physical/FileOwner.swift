// SPDX-License-Identifier: Apache-2.0
// Martlet: whom restored files belong to.
internal import Glibc

/// A user and a group by number.
struct FileOwner: Hashable, Sendable {
    let user: UInt32
    let group: UInt32

    /// The owner that files below a folder shall have when we are root, since PostgreSQL refuses to be; nil otherwise.
    init?(of folder: String) {
        guard geteuid() == 0 else { return nil }
        var status = stat()
        guard stat(folder, &status) == 0, status.st_uid != 0 else { return nil }
        user = status.st_uid
        group = status.st_gid
    }
}
