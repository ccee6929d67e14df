// SPDX-License-Identifier: Apache-2.0
// Martlet: references to chunks, stored as a chunk themselves.

/// A part of an archive's references: a 1 TiB archive has a million chunks, whose references must not pile up in memory.
enum ReferenceList {
    /// References in one list.
    static let length = 4_096
    /// References that an archive may keep in the index when it ends.
    static let kept = 32

    static func encode(_ references: some Collection<ChunkReference>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(references.count * ChunkReference.size)
        for reference in references { reference.append(to: &bytes) }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) throws(FormatFault) -> [ChunkReference] {
        var cursor = ByteCursor(bytes)
        var references: [ChunkReference] = []
        references.reserveCapacity(bytes.count / ChunkReference.size)
        while cursor.left > 0 {
            guard let reference = ChunkReference(&cursor) else { throw FormatFault("a list of chunks is damaged") }
            references.append(reference)
        }
        return references
    }
}
