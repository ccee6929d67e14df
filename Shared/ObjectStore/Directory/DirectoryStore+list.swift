// SPDX-License-Identifier: Apache-2.0
// Martlet: listing a tree of folders in the order of whole names.

extension DirectoryStore {
    /// The objects below a prefix, by name; memory is bounded by the page whatever the folders hold.
    public func list(
        prefix: String,
        after: ObjectKey?,
        limit: Int
    ) async throws(ObjectStoreError) -> ObjectPage {
        let limit = min(max(limit, 1), 1000)
        // A prefix that no key can have, `a//b` or `../x`, must not become a path.
        guard ObjectKey.mayBegin(prefix) else { return ObjectPage(objects: [], hasMore: false) }
        return try await onFiles { [self] () throws(FileTrouble) in
            let parts = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            guard let folder = try descend(parts) else { return ObjectPage(objects: [], hasMore: false) }
            var listing = FolderListing(
                prefix: Array(prefix.utf8),
                after: after.map { Array($0.description.utf8) },
                limit: limit + 1
            )
            try listing.visit(folder, path: parts.isEmpty ? [] : Array(parts.joined(separator: "/").utf8) + [0x2F])
            return ObjectPage(
                objects: Array(listing.objects.prefix(limit)),
                hasMore: listing.objects.count > limit
            )
        }
    }
}
