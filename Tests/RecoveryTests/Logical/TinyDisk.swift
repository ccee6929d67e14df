// SPDX-License-Identifier: Apache-2.0
// Martlet: a disk that is full soon.

import Glibc
import TestSupport

@testable import Recovery

/// A tmpfs of some megabytes; unmounted when it is let go.
final class TinyDisk: Sendable {
    /// Why there can be none, or nil.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "only root can mount a small disk" }
        guard let folder = try? RecoveryFolder(), let disk = try? TinyDisk(folder.path, megabytes: 1) else {
            return "this machine does not let us mount a small disk"
        }
        withExtendedLifetime(disk) {}
        return nil
    }()

    private let path: String

    /// Mounts it on a folder.
    init(_ path: String, megabytes: Int) throws {
        self.path = path
        try Self.run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=755", "tmpfs", path])
    }

    deinit { _ = try? Self.run("/usr/bin/umount", ["-l", path]) }

    /// Makes it larger.
    func grow(megabytes: Int) throws {
        try Self.run("/usr/bin/mount", ["-o", "remount,size=\(megabytes)m", path])
    }

    /// Copies a stopped server's folder onto it; the log stays where it was, for it must not be what is full.
    func move(_ server: RecoveryServer) async throws -> String {
        let (wal, data) = ("\(server.data)/pg_wal", "\(path)/data")
        try await server.runAsRoot("/bin/cp", ["-a", server.data, data])
        try await server.runAsRoot("/bin/rm", ["-rf", "\(data)/pg_wal"])
        guard symlink(wal, "\(data)/pg_wal") == 0 else { throw ClusterFailure("can't link \(wal)") }
        return data
    }

    private static func run(_ program: String, _ arguments: [String]) throws {
        let end = try TestRedis.run(program, arguments)
        guard end == 0 else { throw ClusterFailure("\(program) failed (\(end))") }
    }
}
