// SPDX-License-Identifier: Apache-2.0
// Martlet: writing damaged copies anew.

internal import Crypto

extension MirroredStore {
    /// Reads every copy of every object, and replaces a damaged one by a sound one.
    ///
    /// Copies of one SHA-256 are taken for sound. Where they differ, `judge` says which are; an object is left as it is,
    /// and told, when none is, or when several are that differ. May be repeated.
    /// - Throws: What keeps a store from being listed. Single copies that can't be read or written are in the report.
    public func mend(prefix: String = "", judge: any CopyJudge) async throws(ObjectStoreError) -> RepairReport {
        var report = RepairReport()
        try await eachObject(prefix, page: 1000) { (key, infos) throws(ObjectStoreError) in
            let holders = zip(stores, infos).filter { $0.1 != nil }.map(\.0)
            guard holders.count > 1, judge.expectsSame(key) else { return }
            do throws(ObjectStoreError) { try await mend(key, holders, judge, &report) } catch {
                guard error.code != .cancelled else { throw error }
                // What was removed since it was listed needs nothing.
                if error.code != .notFound { report.failed(error) }
            }
        }
        return report
    }

    private func mend(
        _ key: ObjectKey,
        _ holders: [any ObjectStore],
        _ judge: any CopyJudge,
        _ report: inout RepairReport
    ) async throws(ObjectStoreError) {
        let results = await onEach(holders) { (store) throws(ObjectStoreError) in try await Self.sum(key, in: store) }
        var sums: [PayloadDigest?] = []
        for result in results { sums.append(try result.get()) }
        guard sums.contains(nil) || Set(sums).count > 1 else { return }
        var sound: (store: any ObjectStore, sum: PayloadDigest)?
        for (store, sum) in zip(holders, sums) {
            guard let sum, try await judge.isSound(key, sum: sum.bytes, in: store) else { continue }
            if let sound, sound.sum != sum { return report.differs(key) }
            sound = sound ?? (store, sum)
        }
        guard let sound else { return report.differs(key) }
        for (store, sum) in zip(holders, sums) where sum != sound.sum {
            report.bytes += try await copy(key, from: sound.store, to: store, when: .always, sum: sound.sum)
            report.mended += 1
        }
    }

    /// The SHA-256 of a copy; nil when the store itself finds it damaged.
    private static func sum(
        _ key: ObjectKey,
        in store: any ObjectStore
    ) async throws(ObjectStoreError) -> PayloadDigest? {
        let download = try await store.download(key, range: nil)
        var hasher = SHA256()
        do throws(ObjectStoreError) {
            while let bytes = try await download.next() { hasher.update(data: bytes) }
        } catch {
            await download.close()
            guard error.code == .damaged else { throw error }
            return nil
        }
        await download.close()
        return PayloadDigest(hasher)
    }
}
