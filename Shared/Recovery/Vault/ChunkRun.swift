// SPDX-License-Identifier: Apache-2.0
// Martlet: neighbouring chunks that are fetched together.

/// A run of chunks that follow each other in one volume.
struct ChunkRun: Sendable {
    /// Bytes before compression that a run of several chunks may have.
    static let longest = 4 << 20

    let references: [ChunkReference]

    /// The bytes of the volume; the references are never empty.
    var range: Range<Int64> { Int64(references[0].offset)..<references[references.count - 1].end }
    var volume: UInt32 { references[0].volume }

    /// The references in the same order, joined where they are neighbours.
    static func join(_ references: [ChunkReference]) -> [ChunkRun] {
        var runs: [ChunkRun] = []
        var run: [ChunkReference] = []
        var plain = 0
        for reference in references {
            let follows =
                run.last.map { last in
                    last.volume == reference.volume && last.end == Int64(reference.offset)
                        && plain + Int(reference.plain) <= longest
                } ?? true
            if !follows {
                runs.append(ChunkRun(references: run))
                (run, plain) = ([], 0)
            }
            run.append(reference)
            plain += Int(reference.plain)
        }
        if !run.isEmpty { runs.append(ChunkRun(references: run)) }
        return runs
    }
}
