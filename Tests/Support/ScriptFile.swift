// SPDX-License-Identifier: Apache-2.0
// Martlet: scripts that stand in for programs.

import Glibc

/// A script that can be run.
public enum ScriptFile {
    /// Writes one, and returns when any process can run it.
    ///
    /// While anybody has the file open for writing nobody can run it: "text file busy". A process that another test starts meanwhile
    /// inherits the descriptor until its own exec, so closing it here is not enough.
    /// A lease for reading is granted only when no writer is left, and nobody can become one afterwards.
    public static func write(_ text: String, to path: String, mode: UInt32 = 0o755) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw ClusterFailure("can't write \(path)") }
        let bytes = Array(text.utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        fchmod(descriptor, mode)
        close(descriptor)
        guard written == bytes.count else { throw ClusterFailure("can't write all of \(path)") }
        try waitForWriters(of: path)
    }

    private static func waitForWriters(of path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ClusterFailure("can't read \(path)") }
        defer { close(descriptor) }
        let start = ContinuousClock.now
        while fcntl(descriptor, leaseCommand, F_RDLCK) != 0 {
            // A file system without leases has no better answer.
            guard errno == EAGAIN else { return }
            guard ContinuousClock.now - start < patience else { throw ClusterFailure("\(path) stays open for writing") }
            usleep(1_000)
        }
        _ = fcntl(descriptor, leaseCommand, F_UNLCK)
    }

    /// `F_SETLEASE` of Linux, fcntl(2); the Glibc module leaves it out.
    private static let leaseCommand: CInt = 1_024
}
