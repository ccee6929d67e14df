// SPDX-License-Identifier: Apache-2.0
// Martlet: a backup that somebody reads is not removed meanwhile.
public import ObjectStore
internal import Platform

/// A mark in the store that somebody reads a backup: retention leaves it and its log alone.
///
/// It is renewed each minute and counts for a quarter of an hour, so a reader that was killed keeps a backup for that
/// long. Its age is measured by the store's clock, which wrote its time: that of whoever prunes may be hours off.
/// Retention looks for marks before and after it takes a backup from the list, and puts it back when one came between;
/// who marks looks for the backup afterwards. So one of both always sees the other.
public struct ReaderMark: Hashable, Sendable {
    /// The backup.
    public let backup: BackupID
    /// The mark's object.
    public let info: ObjectInfo

    /// For how long one counts after it was written.
    public static let lifetime: Duration = .seconds(900)
    private static let pause: Duration = .seconds(60)

    /// Whether its reader lives, as far as one can tell.
    /// - Parameter now: The time by the store's clock.
    func counts(at now: Timestamp) -> Bool { now - info.modified <= Self.lifetime }

    /// Runs `body` while the backup is marked.
    ///
    /// Where the store can't be written there is no mark; that is no obstacle, for nothing may keep a restore from its
    /// work.
    /// - Parameters:
    ///   - reader: Who reads; for those who look into the store.
    ///   - onTrouble: Told why there is no mark.
    /// - Throws: `.notFound` when the backup was removed just now; what `body` throws.
    public static func hold<Value: Sendable>(
        _ backup: BackupID,
        of system: SystemID,
        in store: any ObjectStore,
        as reader: LeaseHolder,
        onTrouble: (RecoveryError) -> Void = { _ in },
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let place = SystemStore(system, in: store)
        let key = place.layout.reader("\(BootID())", of: backup)
        let bytes = Array(reader.description.utf8)
        do throws(RecoveryError) { try await place.put(bytes, at: key, when: .always) } catch {
            onTrouble(error)
            return try await body()
        }
        let result = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                // One that can't be renewed now may be in a minute; it counts for longer than that.
                while (try? await Task.sleep(for: pause)) != nil {
                    _ = try? await place.put(bytes, at: key, when: .always)
                }
                return nil
            }
            group.addTask {
                do throws(RecoveryError) {
                    let entry = place.layout.path(of: backup).entry
                    guard try await place.info(entry) != nil else {
                        throw RecoveryError(.notFound, "the backup was removed just now", object: entry)
                    }
                    return .success(try await body())
                } catch {
                    return .failure(error)
                }
            }
            var result: Result<Value, RecoveryError>?
            while let ended = await group.next() {
                group.cancelAll()
                result = ended ?? result
            }
            return result ?? .failure(RecoveryError(.internal, "a reader ended without a result"))
        }
        // Not in this task: it may be cancelled, and the mark is to go all the same.
        await Task { _ = try? await place.remove([key]) }.value
        return try result.get()
    }

    /// Removes the marks of readers that were killed.
    public static func sweep(_ system: SystemID, in store: any ObjectStore) async throws(RecoveryError) {
        let place = SystemStore(system, in: store)
        let marks = try await place.readers()
        let living = Set(try await place.living(marks))
        let dead = marks.filter { !living.contains($0) }.map(\.info.key)
        for start in stride(from: 0, to: dead.count, by: 1_000) {
            try await place.remove(Array(dead[start..<min(start + 1_000, dead.count)]))
        }
    }
}

extension SystemStore {
    /// The marks of all readers, or of one backup's.
    func readers(of backup: BackupID? = nil) async throws(RecoveryError) -> [ReaderMark] {
        var marks: [ReaderMark] = []
        try await each(backup.map { layout.readers(of: $0) } ?? layout.readers) { objects throws(RecoveryError) in
            for info in objects {
                guard case .reader(let id) = StorePlace(info.key, in: layout) else { continue }
                marks.append(ReaderMark(backup: id, info: info))
            }
        }
        return marks
    }

    /// Those of some marks whose readers live; the store's clock is asked only if there are any.
    ///
    /// The time is asked after the marks: one that is renewed in between only looks older, by that moment.
    func living(_ marks: [ReaderMark]) async throws(RecoveryError) -> [ReaderMark] {
        guard !marks.isEmpty else { return [] }
        let now = try await time("\(BootID())")
        return marks.filter { $0.counts(at: now) }
    }
}
