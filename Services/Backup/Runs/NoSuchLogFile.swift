// SPDX-License-Identifier: Apache-2.0
// Martlet: a file of the log that the archive doesn't have.

/// The archive has no file of this name: the end of the log, or a timeline that there never was.
struct NoSuchLogFile: Error, CustomStringConvertible {
    let name: String
    var description: String { "the archive has no \(name)" }
}
