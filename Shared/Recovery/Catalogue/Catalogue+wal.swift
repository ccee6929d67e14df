// SPDX-License-Identifier: Apache-2.0
// Martlet: the WAL in a store, and all that retention must know.
internal import ObjectStore

extension Catalogue {
    /// The WAL of a system by timeline; lists each file, a thousand at a time.
    public func wal(of system: SystemID) async throws(RecoveryError) -> [WALTimeline] {
        let place = SystemStore(system, in: store)
        var files: [UInt32: [WALTimeline.File]] = [:]
        try await place.each(place.layout.wal) { objects throws(RecoveryError) in
            for info in objects {
                switch StorePlace(info.key, in: place.layout) {
                case .wal(let name): files[name.timeline, default: []].append(WALTimeline.File(info, name))
                case .piece(let segment):
                    let file = WALTimeline.File(info, .segment(segment), isPiece: true)
                    files[segment.timeline, default: []].append(file)
                default: continue
                }
            }
        }
        var timelines: [WALTimeline] = []
        for (id, files) in files.sorted(by: { $0.key < $1.key }) {
            timelines.append(WALTimeline(id, files: files, history: try await history(of: id, in: place)))
        }
        return timelines
    }

    /// Nil when it is missing or can't be read.
    private func history(of timeline: UInt32, in place: SystemStore) async throws(RecoveryError) -> TimelineHistory? {
        guard timeline > 1, let keys else { return nil }
        let key = place.layout.wal(.history(timeline))
        do throws(RecoveryError) {
            guard let sealed = try await place.get(key, limit: 4 << 20) else { return nil }
            let text = try SealedObject.open(sealed, name: key, keys: keys)
            return try TimelineHistory(of: timeline, String(decoding: text, as: UTF8.self))
        } catch {
            guard Self.isAboutContent(error) else { throw error }
            return nil
        }
    }

    /// All that retention must know of a system.
    public func contents(of system: SystemID) async throws(RecoveryError) -> RetentionContents {
        let listing = try await listing(of: system)
        let log = try await wal(of: system)
        let place = SystemStore(system, in: store)
        var exports: [ObjectKey] = []
        try await place.each(place.layout.exports) { objects throws(RecoveryError) in
            exports += objects.map(\.key).filter { StoredExports.time(of: String($0.name)) != nil }
        }
        return RetentionContents(
            system,
            backups: listing.backups.map { RetainedBackup($0, log: log) },
            unfinished: listing.unfinished,
            log: log,
            checks: listing.checks,
            exports: exports
        )
    }
}
