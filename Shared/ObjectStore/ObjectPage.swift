// SPDX-License-Identifier: Apache-2.0
// Martlet: a part of a listing.

/// Some objects in the order of their names, and whether there are more.
public struct ObjectPage: Sendable {
    /// The objects, by name.
    public let objects: [ObjectInfo]
    /// Whether objects with later names exist; ask again with the last one's name.
    public let hasMore: Bool

    /// Takes both over.
    public init(objects: [ObjectInfo], hasMore: Bool) {
        self.objects = objects
        self.hasMore = hasMore
    }
}
