// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a scratch server runs as.
internal import Glibc

/// The account of PostgreSQL, which refuses to run as root.
struct ServerUser: Hashable, Sendable {
    let name: String
    let id: UInt32
    let group: UInt32

    /// The account of this name when we are root; nil when we are not, and the server runs as we do.
    /// - Throws: `.request` when there is no such account, or it is root itself.
    static func resolve(_ name: String) throws(RecoveryError) -> ServerUser? {
        guard geteuid() == 0 else { return nil }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
            throw RecoveryError(.request, "there is no account \(name.debugDescription) for the scratch server")
        }
        guard entry.pw_uid != 0 else {
            throw RecoveryError(.request, "PostgreSQL refuses to run as root; name another account than \(name)")
        }
        return ServerUser(name: name, id: entry.pw_uid, group: entry.pw_gid)
    }
}
