// SPDX-License-Identifier: Apache-2.0
// Martlet: which backup is drilled.
internal import ObjectStore

extension Drill {
    /// The newest backup of a method, or of any.
    /// - Throws: `.notFound` when there is none; `.damaged`, `.store`.
    public func newest(_ method: BackupMethod? = nil) async throws(RecoveryError) -> CatalogueEntry {
        let prefix = "\(system)/backups/"
        var newest: BackupID?
        var after: ObjectKey?
        while true {
            let page: ObjectPage
            do throws(ObjectStoreError) {
                page = try await store.list(prefix: prefix, after: after, limit: 1_000)
            } catch {
                throw RecoveryError(error)
            }
            for object in page.objects {
                let parts = object.key.description.dropFirst(prefix.utf8.count).split(separator: "/")
                guard parts.count == 2, parts[1] == "entry", let id = BackupID(String(parts[0])),
                    method.map({ $0 == id.method }) ?? true
                else { continue }
                newest = max(newest ?? id, id)
            }
            guard page.hasMore, let last = page.objects.last?.key else { break }
            after = last
        }
        guard let newest else {
            throw RecoveryError(
                .notFound,
                "there is no \(method.map { "\($0.rawValue) " } ?? "")backup of \(system) to drill"
            )
        }
        return try await CatalogueEntry.load(newest, of: system, in: store, keys: keys).entry
    }
}
