// SPDX-License-Identifier: Apache-2.0
// Martlet: what could be restored from a store, worked out as PostgreSQL would, knowing nothing of retention.

import ObjectStore
import Platform
import Postgres

@testable import Recovery

/// Which backups are whole, and how far each can be rolled forward.
struct RestoreOracle {
    private struct Segment: Hashable {
        let timeline: UInt32
        let number: UInt64
    }

    private let history: RandomHistory
    private var segments: Set<Segment> = []
    /// The backups that are listed.
    private(set) var listed: Set<BackupID> = []
    /// Those of them of which nothing is missing.
    private(set) var whole: Set<BackupID> = []

    /// Looks at the store as it is now.
    init(_ history: RandomHistory) {
        self.history = history
        let layout = StoreLayout(history.system)
        let keys = history.store.keys
        for key in keys {
            switch history.places[key] {
            case .backup(let id, "entry"):
                listed.insert(id)
                if layout.folderKeys(of: id).allSatisfy(keys.contains) { whole.insert(id) }
            case .wal(.segment(let segment)):
                let number = segment.positions(size: Int(RandomHistory.segment)).lowerBound / RandomHistory.segment
                segments.insert(Segment(timeline: segment.timeline, number: number))
            default: break
            }
        }
    }

    /// How far a physical backup can be rolled forward on the way to a timeline; nil when it can't be restored that
    /// way.
    func reach(of id: BackupID, towards target: UInt32) -> UInt64? {
        guard whole.contains(id), let backup = history.facts[id], let origin = backup.timeline,
            let start = backup.start, let end = backup.end, let branches = history.histories[target]?.ancestors
        else { return nil }
        // The legs of the way: each timeline from its first segment on.
        var legs: [(timeline: UInt32, first: UInt64)] = [(origin, 0)]
        if origin != target {
            guard let index = branches.firstIndex(where: { $0.timeline == origin }), branches[index].end.value >= end
            else {
                return nil
            }
            for (offset, branch) in branches[index...].enumerated() {
                let next = index + offset + 1 < branches.count ? branches[index + offset + 1].timeline : target
                legs.append((next, branch.end.value / RandomHistory.segment))
            }
        }
        var number = start / RandomHistory.segment
        while true {
            // A leg that was left within the segment in which it began has none of its own.
            guard let leg = legs.last(where: { $0.first <= number }),
                segments.contains(Segment(timeline: leg.timeline, number: number))
            else { break }
            number += 1
        }
        let reached = number * RandomHistory.segment
        return reached >= end ? reached : nil
    }

    /// The moments that can be had back, by their index.
    func restorable(_ isUsed: (RetainedBackup) -> Bool = { _ in true }) -> Set<Int> {
        let backups = history.facts.values.filter { $0.timeline != nil && isUsed($0) }
        var found: Set<Int> = []
        for target in Set(history.moments.map(\.timeline)) {
            let reaches = backups.compactMap { backup in
                reach(of: backup.id, towards: target).map { (end: backup.end ?? .max, reached: $0) }
            }
            for (index, moment) in history.moments.enumerated() where moment.timeline == target {
                if reaches.contains(where: { $0.end <= moment.position && moment.position <= $0.reached }) {
                    found.insert(index)
                }
            }
        }
        return found
    }
}
