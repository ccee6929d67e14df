// SPDX-License-Identifier: Apache-2.0
// Martlet: an entry and how far it can be trusted.

/// What was read from a catalogue.
public struct CheckedEntry: Sendable {
    /// How far an entry can be trusted.
    public enum Standing: Hashable, Sendable {
        /// Someone who had the backup's key wrote it.
        case verified
        /// It couldn't be checked; says why.
        case unverified(String)
    }

    /// The entry.
    public let entry: CatalogueEntry
    /// Whether it is genuine.
    public let standing: Standing
}
