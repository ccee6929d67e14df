// SPDX-License-Identifier: Apache-2.0
// Martlet: what a store says of an object without reading it.
public import Platform

/// An object's name, size and time.
public struct ObjectInfo: Hashable, Sendable {
    /// Its name.
    public let key: ObjectKey
    /// Bytes.
    public let size: Int64
    /// When it was written, by the store's clock.
    public let modified: Timestamp

    /// Takes the three over.
    public init(key: ObjectKey, size: Int64, modified: Timestamp) {
        self.key = key
        self.size = size
        self.modified = modified
    }
}
