// SPDX-License-Identifier: Apache-2.0
// Martlet: a page whose checksum is wrong.

/// A page that a backup found to be damaged.
public struct DamagedPage: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The file below the data folder: `base/5/16384.1`, `pg_tblspc/16400/PG_15_202209061/5/16401`.
    public let file: String
    /// The page's number in this file, from 0.
    public let page: UInt32

    /// `base/5/16384.1 page 17`.
    public var description: String { "\(file) page \(page)" }
}
