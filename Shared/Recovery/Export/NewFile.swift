// SPDX-License-Identifier: Apache-2.0
// Martlet: a file that appears whole, and never in the place of another.
internal import Glibc

/// Writes files in one step.
public enum NewFile {
    /// Writes a file with mode 0600: under another name first, durable, then under its own.
    /// - Throws: `.request` when there is something of this name; `.disk`.
    public static func write(_ bytes: [UInt8], to path: String) throws(RecoveryError) {
        let draft = "\(path).\(getpid()).draft"
        let file = try PrivateFile(draft)
        defer { unlink(draft) }
        try file.append(bytes)
        try file.sync()
        guard link(draft, path) == 0 else {
            guard errno != EEXIST else {
                throw RecoveryError(.request, "\(path) exists, and nothing is overwritten: choose another name")
            }
            throw RecoveryError(.disk, "\(path) can't be made: \(String(cString: strerror(errno)))")
        }
    }
}
