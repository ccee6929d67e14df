// SPDX-License-Identifier: Apache-2.0
// Martlet: an object under way into a folder.

/// Writes a draft file and publishes it.
final class DirectoryUpload: ObjectUpload {
    private let draft: DraftFile
    private let store: DirectoryStore
    private let condition: WriteCondition
    private let key: ObjectKey

    init(_ draft: DraftFile, in store: DirectoryStore, when condition: WriteCondition) {
        self.draft = draft
        self.store = store
        self.condition = condition
        key = draft.key
    }

    func write(_ bytes: [UInt8]) async throws(ObjectStoreError) {
        try await store.onFiles(key) { [draft] () throws(FileTrouble) in try draft.write(bytes) }
    }

    func finish() async throws(ObjectStoreError) -> ObjectInfo {
        try await store.onFiles(key) { [draft, condition] () throws(FileTrouble) in try draft.publish(when: condition) }
    }

    func abandon() async {
        // Also for a caller who was cancelled: what is left behind otherwise waits for a sweep.
        await Task { [draft, store] in try? await store.onFiles { () throws(FileTrouble) in draft.discard() } }.value
    }
}
