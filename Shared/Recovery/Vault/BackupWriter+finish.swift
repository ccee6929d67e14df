// SPDX-License-Identifier: Apache-2.0
// Martlet: the end of a backup.
internal import ObjectStore
internal import Platform
internal import Synchronization

extension BackupWriter {
    /// Ends the backup: stores what is under way, then the index, then the entry.
    /// - Throws: `.internal` when archives are open; `.store` also when the backup was finished by someone else.
    public func finish(_ facts: BackupFacts) async throws(RecoveryError) -> CatalogueEntry {
        let (open, wasEnded, archives) = state.withLock { state in
            defer { if state.open == 0 { state.isEnded = true } }
            return (state.open, state.isEnded, state.archives.sorted { $0.summary.name < $1.summary.name })
        }
        guard !wasEnded else { throw RecoveryError(.internal, "the backup has ended") }
        guard open == 0 else { throw RecoveryError(.internal, "\(open) archives are still open") }
        line.close()
        let written = await volumes.value
        if let failure = line.failure { throw failure }
        let index = BackupIndex(records: earlier + written, archives: archives)
        let attempt = try await nextAttempt()
        let entry = try await save(index, attempt, facts)
        try await entry.save(in: store, key: key)
        return entry
    }

    /// The first attempt to finish that has left no index.
    private func nextAttempt() async throws(RecoveryError) -> Int {
        do throws(ObjectStoreError) {
            var attempt = 1
            while try await store.info(path.index(attempt)) != nil { attempt += 1 }
            return attempt
        } catch {
            throw RecoveryError(error)
        }
    }

    private func save(
        _ index: BackupIndex,
        _ attempt: Int,
        _ facts: BackupFacts
    ) async throws(RecoveryError) -> CatalogueEntry {
        let name = path.index(attempt)
        let (secret, options): (SealedObject.Secret, VaultOptions) = (key.map { .data($0) } ?? .none, options)
        let sealed = try await threads.run { _ throws(RecoveryError) in
            try SealedObject.seal(index.encoded, name: name, secret: secret, options: options)
        }
        try await store.save(sealed, at: name, when: .absent)
        return CatalogueEntry(
            id: path.id,
            system: path.system,
            facts: facts,
            ended: .now(),
            plainSize: index.archives.reduce(0) { $0 + $1.summary.size },
            storedSize: index.volumes.reduce(0) { $0 + $1.size },
            compression: options.compression,
            isEncrypted: key != nil,
            keyID: keyID,
            program: BuildInfo.version,
            volumes: index.volumes,
            archives: index.archives.map(\.summary),
            attempt: attempt,
            index: IndexSummary(size: Int64(sealed.count), sum: SHA256Sum(of: sealed))
        )
    }
}
