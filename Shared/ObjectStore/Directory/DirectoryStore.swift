// SPDX-License-Identifier: Apache-2.0
// Martlet: objects as files below a folder.
internal import Platform
internal import Synchronization

/// Keeps each object in a file of its name below a folder, which must be on a file system of this machine or on NFS.
///
/// An object is written to a file beside its place whose name begins with a dot (never listed), brought to the disk and
/// named in one step; then its folder is brought to the disk, too. Symbolic links below the folder are not followed. Every
/// call ends within ``limit``; a disk that hangs longer gives `.unavailable`, and what was asked may still happen then.
///
/// ```swift
/// let store = try await DirectoryStore(folder: "/var/backups/martlet")
/// ```
public final class DirectoryStore: ObjectStore {
    /// How long one call to the disk may take.
    public static let limit: Duration = .seconds(120)
    /// Calls to the disk at once.
    static let threads = 4

    /// `file://` and the folder.
    public let place: String
    let path: String
    let files: FileThreads
    let synced = Mutex(SyncedFolders())

    /// Takes a folder, which must exist unless it is to be made; its parent must exist in any case.
    ///
    /// A folder that is missing is more often a disk that isn't mounted than a wish for a new one.
    /// - Throws: `.configuration` for a path that isn't absolute; `.unavailable` when there is no such folder; `.denied`.
    public init(folder path: String, making: Bool = false) async throws(ObjectStoreError) {
        place = "file://\(path)"
        self.path = path
        files = FileThreads(count: Self.threads, limit: Self.limit)
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw ObjectStoreError(.configuration, "the path of a folder must begin with /", place: place)
        }
        try await onFiles { () throws(FileTrouble) in
            do throws(FileTrouble) {
                if making { try Descriptor.makeFolder(path) }
                _ = try Descriptor.folder(path)
            } catch {
                guard error.code == .notFound else { throw error }
                // Not `.notFound`: that would be a statement on an object.
                throw .own(.unavailable, "there is no such folder: mount its disk, or make it")
            }
        }
    }

    /// Nothing is open between calls.
    public func close() async {}

    /// Runs a piece of file work and says where it failed.
    func onFiles<Value: Sendable>(
        _ key: ObjectKey? = nil,
        _ body: @escaping @Sendable () throws(FileTrouble) -> Value
    ) async throws(ObjectStoreError) -> Value {
        do throws(FileTrouble) { return try await files.run(body) } catch { throw failure(error, key) }
    }

    func failure(_ trouble: FileTrouble, _ key: ObjectKey?) -> ObjectStoreError {
        ObjectStoreError(trouble.code, trouble.message, key: key, place: place, cause: trouble)
    }

    /// Opens the folder of a key; nil if there is none.
    func parent(of key: ObjectKey) throws(FileTrouble) -> Descriptor? {
        try descend(key.description.split(separator: "/").dropLast())
    }

    /// Opens a folder below the store's; nil if there is none.
    func descend(_ parts: some Sequence<Substring>) throws(FileTrouble) -> Descriptor? {
        var folder = try root()
        for part in parts {
            do throws(FileTrouble) { folder = try folder.folder(String(part)) } catch {
                if error.code == .notFound { return nil }
                // Below an object there is nothing; a symbolic link, though, is worth a word.
                if case .file = try folder.status(of: String(part))?.kind { return nil }
                throw error
            }
        }
        return folder
    }

    func root() throws(FileTrouble) -> Descriptor {
        do throws(FileTrouble) { return try Descriptor.folder(path) } catch {
            guard error.code == .notFound else { throw error }
            // Not `.notFound`: that would be a statement on the object.
            throw .own(.unavailable, "the store's folder is gone: is its disk mounted?")
        }
    }
}
