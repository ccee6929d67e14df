// SPDX-License-Identifier: Apache-2.0
// Martlet: scripts that stand in for programs.

import Glibc

/// A script that can be run.
public enum ScriptFile {
    /// Writes one that any process can run at once.
    ///
    /// Another process puts it there. While anybody has a file open for writing nobody can run it ("text file busy"), and of what this
    /// process has open, one that another test starts meanwhile inherits the descriptor until its own exec.
    public static func write(_ text: String, to path: String, mode: UInt32 = 0o755) throws {
        let draft = path + ".draft"
        try RecoveryFolder.write(Array(text.utf8), to: draft)
        defer { unlink(draft) }
        let result = try TestRedis.run("/usr/bin/install", ["-m", String(mode, radix: 8), draft, path])
        guard result == 0 else { throw ClusterFailure("can't write \(path)") }
    }
}
