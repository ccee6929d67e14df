// SPDX-License-Identifier: Apache-2.0
// Martlet: where the chunks of an archive under way were stored.
internal import Synchronization

/// The references of an archive under way, in its order; filled by the one who stores the chunks.
final class ArchiveDraft: Sendable {
    private struct State {
        var references: [ChunkReference] = []
        var lists: [ChunkReference] = []
        var tally = ArchiveTally()
    }

    private let state = Mutex(State())

    func add(_ reference: ChunkReference, _ kind: FrameKind) {
        state.withLock { state in
            guard kind == .chunk else { return state.lists.append(reference) }
            state.references.append(reference)
            state.tally.add(reference)
        }
    }

    /// What the chunks until now come to.
    var tally: ArchiveTally { state.withLock { $0.tally } }

    /// The oldest references, once there are enough for a list, or more than may stay at the end.
    func takeList(atEnd: Bool) -> [ChunkReference]? {
        state.withLock { state in
            let enough = atEnd ? state.references.count > ReferenceList.kept : false
            guard enough || state.references.count >= ReferenceList.length else { return nil }
            let list = Array(state.references.prefix(ReferenceList.length))
            state.references.removeFirst(list.count)
            return list
        }
    }

    func index(_ summary: ArchiveSummary) -> ArchiveIndex {
        state.withLock { ArchiveIndex(summary: summary, lists: $0.lists, references: $0.references) }
    }
}
