// SPDX-License-Identifier: Apache-2.0
// Martlet: small files of a server, however one gets at them.

/// Reads files of the machine on which a server runs.
protocol ServerFiles: Sendable {
    /// A file's content; nil when there is none.
    /// - Throws: `.database` when it can't be read; `.request` when it has more than `limit` bytes.
    func bytes(of path: String, limit: Int) async throws(RecoveryError) -> [UInt8]?
    /// The names in a folder, in no order.
    /// - Throws: `.database`.
    func names(in folder: String) async throws(RecoveryError) -> [String]
}

extension RecoveryError {
    /// A file of the server that is too large.
    static func tooLarge(_ path: String, limit: Int) -> RecoveryError {
        RecoveryError(.request, "\(path) has more than \(limit) bytes")
    }
}
