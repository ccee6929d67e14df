// SPDX-License-Identifier: Apache-2.0
// Martlet: backups that somebody wants kept.
internal import ObjectStore
public import Platform

extension Catalogue {
    private struct Pin: Encodable {
        let since: String
        let reason: String
    }

    /// Keeps a backup whatever the policy, until it is let go; once more changes nothing.
    /// - Parameter reason: For those who find it; at most 1,000 characters are kept.
    /// - Throws: `.notFound` when there is no such backup, also when it was removed just now.
    public func pin(_ id: BackupID, of system: SystemID, because reason: String, at time: Timestamp = .now())
        async throws(RecoveryError)
    {
        let place = SystemStore(system, in: store)
        let pin = Pin(since: time.formatted(fractionDigits: 0), reason: String(reason.prefix(1000)))
        try await requireEntry(id, in: place)
        let isNew = try await place.create(try JSONDocument.encode(pin), at: place.layout.pin(of: id))
        do throws(RecoveryError) {
            // Retention looks for pins before it takes an entry away and once more afterwards, and then puts it back: so
            // an entry that is there now stays.
            try await requireEntry(id, in: place)
        } catch {
            if isNew, error.code == .notFound { try await place.remove([place.layout.pin(of: id)]) }
            throw error
        }
    }

    /// Lets retention decide on a backup again.
    public func unpin(_ id: BackupID, of system: SystemID) async throws(RecoveryError) {
        let place = SystemStore(system, in: store)
        try await place.remove([place.layout.pin(of: id)])
    }

    private func requireEntry(_ id: BackupID, in place: SystemStore) async throws(RecoveryError) {
        let entry = place.layout.path(of: id).entry
        guard try await place.info(entry) == nil else { return }
        throw RecoveryError(.notFound, "there is no such backup", object: entry)
    }
}
