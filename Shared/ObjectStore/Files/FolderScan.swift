// SPDX-License-Identifier: Apache-2.0
// Martlet: the next few names of a folder in order, whatever the folder's size.

/// Finds a folder's smallest names after a name by one pass with bounded memory.
struct FolderScan {
    /// A name of a file, or of a folder with `/` at its end, so that names order as whole keys do.
    struct Entry: Comparable {
        let name: [UInt8]
        var isFolder: Bool { name.last == UInt8(ascii: "/") }
        var text: String { String(decoding: isFolder ? name.dropLast() : name[...], as: UTF8.self) }

        static func < (left: Entry, right: Entry) -> Bool { left.name.lexicographicallyPrecedes(right.name) }
    }

    /// Most names to find.
    let limit: Int
    /// Only names behind this one.
    let after: Entry?
    /// Which names count.
    let isWanted: ([UInt8]) -> Bool

    /// The smallest names, in order.
    func run(_ folder: Descriptor) throws(FileTrouble) -> [Entry] {
        // Kept at twice the limit at most: sorted and cut when full, so each name costs the logarithm of the limit.
        var kept: [Entry] = []
        var largest: Entry?
        try folder.forEachName { (name, kind) throws(FileTrouble) in
            guard name.first != UInt8(ascii: ".") else { return }
            var (name, kind) = (name, kind)
            if case .unknown = kind {
                let status = try folder.status(of: String(decoding: name, as: UTF8.self))
                kind = status?.kind ?? .other
            }
            switch kind {
            case .file: break
            case .folder: name.append(UInt8(ascii: "/"))
            case .other, .unknown: return
            }
            // The comparisons first: they are cheap and end most names of a large folder.
            let entry = Entry(name: name)
            if let after, entry <= after { return }
            if let largest, largest < entry { return }
            guard ObjectKey.isPart(Substring(entry.text)), isWanted(name) else { return }
            kept.append(entry)
            if kept.count >= 2 * limit {
                kept.sort()
                kept.removeLast(kept.count - limit)
                largest = kept.last
            }
        }
        kept.sort()
        return Array(kept.prefix(limit))
    }
}
