// SPDX-License-Identifier: Apache-2.0
// Martlet: where the parts of an archive lie.

/// An archive in the index: its lists of references, then the references that no list holds.
struct ArchiveIndex: Hashable, Sendable {
    let summary: ArchiveSummary
    let lists: [ChunkReference]
    let references: [ChunkReference]

    init(summary: ArchiveSummary, lists: [ChunkReference], references: [ChunkReference]) {
        self.summary = summary
        self.lists = lists
        self.references = references
    }

    init?(_ cursor: inout ByteCursor) {
        guard let length = cursor.number(UInt16.self), let text = cursor.take(Int(length)),
            let name = ArchiveName(String(decoding: text, as: UTF8.self)), let size = cursor.number(UInt64.self),
            size <= UInt64(Int64.max), let sum = cursor.sum(), let lists = Self.references(&cursor),
            let references = Self.references(&cursor)
        else { return nil }
        summary = ArchiveSummary(name: name, size: Int64(size), sum: sum)
        self.lists = lists
        self.references = references
    }

    func append(to bytes: inout [UInt8]) {
        let name = Array(summary.name.description.utf8)
        bytes.append(bigEndian: UInt16(name.count))
        bytes.append(contentsOf: name)
        bytes.append(bigEndian: UInt64(summary.size))
        bytes.append(contentsOf: summary.sum.bytes)
        for part in [lists, references] {
            bytes.append(bigEndian: UInt32(part.count))
            for reference in part { reference.append(to: &bytes) }
        }
    }

    private static func references(_ cursor: inout ByteCursor) -> [ChunkReference]? {
        guard let count = cursor.number(UInt32.self), Int(count) <= cursor.left / ChunkReference.size else {
            return nil
        }
        var references: [ChunkReference] = []
        references.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let reference = ChunkReference(&cursor) else { return nil }
            references.append(reference)
        }
        return references
    }
}
