// SPDX-License-Identifier: Apache-2.0
// Martlet: what the chunks of an archive come to.
internal import Crypto

/// Adds up the references of an archive, in its order; each chunk is compared with its reference when it is opened.
struct ArchiveTally {
    private var chunks = SHA256()
    /// Bytes before compression.
    private(set) var size: Int64 = 0

    /// The SHA-256 of the chunks' SHA-256 sums.
    var sum: SHA256Sum { SHA256Sum(chunks.finalize()) }

    mutating func add(_ reference: ChunkReference) {
        chunks.update(data: reference.sum.bytes)
        size += Int64(reference.plain)
    }

    mutating func add(_ references: [ChunkReference]) { for reference in references { add(reference) } }

    /// Whether these are the chunks that the archive had.
    func fits(_ summary: ArchiveSummary) -> Bool { size == summary.size && sum == summary.sum }
}
