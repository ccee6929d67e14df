// SPDX-License-Identifier: Apache-2.0
// Martlet: scripts that stand in for programs.

import Glibc
import TestSupport

/// A script that can be run.
enum ScriptFile {
    /// Writes one.
    ///
    /// A process that another test starts meanwhile must not keep the file open for writing, or nobody could run it: "text file busy".
    static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw ClusterFailure("can't write \(path)") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw ClusterFailure("can't write all of \(path)")
        }
    }
}
