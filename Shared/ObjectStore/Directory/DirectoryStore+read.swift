// SPDX-License-Identifier: Apache-2.0
// Martlet: reading files.

extension DirectoryStore {
    /// Reads a small object whole.
    public func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        try await onFiles(key) { [self] () throws(FileTrouble) in
            let (file, size) = try open(key)
            guard size <= limit else { throw .own(.tooLarge, "the object has \(size) bytes, more than \(limit)") }
            let bytes = try file.read(at: 0, count: Int(size))
            guard bytes.count == size else { throw .shortened }
            return bytes
        }
    }

    /// Begins to read an object, or a range of it.
    public func download(
        _ key: ObjectKey,
        range: Range<Int64>?
    ) async throws(ObjectStoreError) -> any ObjectDownload {
        try await onFiles(key) { [self] () throws(FileTrouble) in
            let (file, size) = try open(key)
            let range = range ?? 0..<size
            guard range.lowerBound >= 0, range.upperBound <= size else {
                throw .own(.notFound, "the object has \(size) bytes; asked for were \(range)")
            }
            return DirectoryDownload(file, of: key, range: range, in: self)
        }
    }

    /// What is known of an object; nil if there is none.
    public func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        try await onFiles(key) { [self] () throws(FileTrouble) in
            guard let folder = try parent(of: key), let status = try folder.status(of: String(key.name)),
                case .file = status.kind
            else { return nil }
            return ObjectInfo(key: key, size: status.size, modified: status.modified)
        }
    }

    private func open(_ key: ObjectKey) throws(FileTrouble) -> (Descriptor, Int64) {
        guard let folder = try parent(of: key) else { throw .own(.notFound, "there is no such object") }
        let file: Descriptor
        do throws(FileTrouble) { file = try folder.file(String(key.name)) } catch {
            guard error.code == .notFound else { throw error }
            throw .own(.notFound, "there is no such object")
        }
        let status = try file.status()
        guard case .file = status.kind else { throw .own(.notFound, "there is no such object") }
        return (file, status.size)
    }
}

extension FileTrouble {
    /// The file ended before the size that it had when it was opened.
    static let shortened = FileTrouble.own(.damaged, "the object became shorter while it was read")
}
