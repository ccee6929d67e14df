// SPDX-License-Identifier: Apache-2.0
// Martlet: writing and removing files, durably.
internal import Platform
internal import Synchronization

extension DirectoryStore {
    /// Writes a small object in one step.
    @discardableResult
    public func put(
        _ bytes: [UInt8],
        at key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> ObjectInfo {
        try await onFiles(key) { [self] () throws(FileTrouble) in
            let file = try draft(for: key)
            try file.write(bytes)
            return try file.publish(when: condition)
        }
    }

    /// Begins an object of unknown size.
    public func upload(
        to key: ObjectKey,
        when condition: WriteCondition
    ) async throws(ObjectStoreError) -> any ObjectUpload {
        let draft = try await onFiles(key) { [self] () throws(FileTrouble) in
            try self.draft(for: key)
        }
        return DirectoryUpload(draft, in: self, when: condition)
    }

    /// Removes objects, and folders that are empty then.
    public func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        // Names of one folder together: each folder is brought to the disk once.
        let folders = Dictionary(grouping: keys) { $0.description.split(separator: "/").dropLast() }
        for (parts, keys) in folders.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try await onFiles(keys.first) { [self] () throws(FileTrouble) in
                guard let folder = try descend(parts) else { return }
                var removed = false
                for key in keys where try folder.removeFile(String(key.name)) { removed = true }
                guard removed else { return }
                try folder.sync()
                try removeEmpty(parts)
            }
        }
    }

    /// Removes what killed writers left that nobody wrote to for `age`; says how many files that were.
    public func sweep(olderThan age: Duration) async throws(ObjectStoreError) -> Int {
        let now = Timestamp.now()
        return try await onFiles { [self] () throws(FileTrouble) in
            try sweep(root(), before: now + (.zero - age))
        }
    }

    private func sweep(_ folder: Descriptor, before end: Timestamp) throws(FileTrouble) -> Int {
        var drafts: [String] = []
        var folders: [String] = []
        try folder.forEachName { (bytes, kind) throws(FileTrouble) in
            let name = String(decoding: bytes, as: UTF8.self)
            switch kind {
            case .folder, .unknown: if ObjectKey.isPart(Substring(name)) { folders.append(name) }
            case .file: if name.hasPrefix(DraftFile.prefix) { drafts.append(name) }
            case .other: break
            }
        }
        var removed = 0
        for name in drafts {
            guard let status = try folder.status(of: name), status.modified < end else { continue }
            if try folder.removeFile(name) { removed += 1 }
        }
        for name in folders {
            guard let inner = try? folder.folder(name) else { continue }
            removed += try sweep(inner, before: end)
        }
        return removed
    }

    /// Creates a draft beside the key's place, and the folders that are missing.
    private func draft(for key: ObjectKey) throws(FileTrouble) -> DraftFile {
        // Somebody who removes a folder's last object may take the folder away in between.
        for _ in 0..<100 {
            do throws(FileTrouble) { return try DraftFile(for: key, in: makeFolders(key)) } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        throw .own(.unavailable, "the folder is removed again and again by somebody else")
    }

    private func makeFolders(_ key: ObjectKey) throws(FileTrouble) -> Descriptor {
        var folder = try root()
        var path = ""
        for part in key.description.split(separator: "/").dropLast() {
            path += "/\(part)"
            let isNew = try folder.makeFolder(String(part))
            let inner = try folder.folder(String(part))
            if isNew { inner.inheritMode(from: folder, isFolder: true) }
            // Also one that another process made: it may have been killed before it got here.
            if isNew || !synced.withLock({ $0.contains(path) }) {
                try folder.sync()
                synced.withLock { [path] in $0.insert(path) }
            }
            folder = inner
        }
        return folder
    }

    private func removeEmpty(_ parts: ArraySlice<Substring>) throws(FileTrouble) {
        var parts = parts
        while let name = parts.popLast(), let parent = try descend(parts) {
            let path = "/" + (parts + [name]).joined(separator: "/")
            synced.withLock { $0.remove(path) }
            guard parent.removeFolder(String(name)) else { return }
        }
    }
}
