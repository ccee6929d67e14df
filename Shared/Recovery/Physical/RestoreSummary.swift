// SPDX-License-Identifier: Apache-2.0
// Martlet: what a restore has written.

/// A restore that succeeded.
public struct RestoreSummary: Hashable, Sendable {
    /// Files.
    public let files: Int
    /// Bytes of them.
    public let bytes: Int64
    /// Where tablespaces lie now, by OID.
    public let tablespaces: [String: String]
    /// Settings of a configuration that lay outside of the data folder which were left out, since what they name is not
    /// on this machine.
    public let missingSettings: [String]
}
