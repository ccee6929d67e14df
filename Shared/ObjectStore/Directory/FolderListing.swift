// SPDX-License-Identifier: Apache-2.0
// Martlet: one page of a listing, gathered from a tree of folders.

/// Visits folders in the order of names and skips what can't be on the page.
struct FolderListing {
    /// How names begin.
    let prefix: [UInt8]
    /// Names up to this one were on earlier pages.
    let after: [UInt8]?
    /// Objects to gather.
    let limit: Int
    /// What was gathered, by name.
    private(set) var objects: [ObjectInfo] = []

    init(prefix: [UInt8], after: [UInt8]?, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }

    /// Gathers the objects of a folder whose path, with `/` at its end, is given.
    mutating func visit(_ folder: Descriptor, path: [UInt8]) throws(FileTrouble) {
        var last: FolderScan.Entry?
        while objects.count < limit {
            let (prefix, after) = (prefix, after)
            let scan = FolderScan(limit: limit - objects.count, after: last) { name in
                Self.isWanted(path + name, prefix: prefix, after: after)
            }
            let entries = try scan.run(folder)
            for entry in entries {
                guard objects.count < limit else { return }
                if entry.isFolder {
                    // Folders that somebody removes meanwhile are no failure.
                    guard let inner = try opened(entry.text, in: folder) else { continue }
                    try visit(inner, path: path + entry.name)
                } else {
                    try add(entry, folder, path)
                }
            }
            guard entries.count == scan.limit else { return }
            last = entries.last
        }
    }

    private mutating func add(_ entry: FolderScan.Entry, _ folder: Descriptor, _ path: [UInt8]) throws(FileTrouble) {
        guard let status = try folder.status(of: entry.text), case .file = status.kind,
            let key = ObjectKey(String(decoding: path + entry.name, as: UTF8.self))
        else { return }
        objects.append(ObjectInfo(key: key, size: status.size, modified: status.modified))
    }

    private func opened(_ name: String, in folder: Descriptor) throws(FileTrouble) -> Descriptor? {
        do throws(FileTrouble) { return try folder.folder(name) } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Whether a file, or anything in a folder (`/` at its end), may be on the page.
    private static func isWanted(_ name: [UInt8], prefix: [UInt8], after: [UInt8]?) -> Bool {
        let isFolder = name.last == UInt8(ascii: "/")
        guard name.starts(with: prefix) || (isFolder && prefix.starts(with: name)) else { return false }
        guard let after else { return true }
        return after.lexicographicallyPrecedes(name) || (isFolder && after.starts(with: name))
    }
}
