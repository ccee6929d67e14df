// SPDX-License-Identifier: Apache-2.0
// Martlet: key rings of a key service.
public import ObjectStore
public import Platform

extension KeyRing {
    /// With a key service: the ring with the keys that the store keeps for a system, wrapped by the service. The newest
    /// is current, ``SealedObject`` needs one, and the first call makes it. Without a service: the ring as it is.
    ///
    /// One call to the service for each key, so call it once and keep the ring.
    /// - Throws: `.wrongKey` when the service refuses, `.damaged`, `.store`.
    public func unlocked(
        in store: any ObjectStore,
        of system: SystemID
    ) async throws(RecoveryError) -> KeyRing {
        guard let service else { return self }
        var stored = try await StoreKey.all(of: system, in: store, service: service)
        // Of two first keys in two stores, each would have closed what the other can't open.
        if stored.isEmpty, try await StoreKey.isNone(of: system, in: store) {
            // Several processes may be the first: all of them take the key of whoever is.
            do throws(RecoveryError) {
                _ = try await StoreKey.create(Self.firstKeyID, of: system, in: store, service: service)
            } catch {
                guard (error.cause as? ObjectStoreError)?.code == .exists else { throw error }
            }
            stored = try await StoreKey.all(of: system, in: store, service: service)
        }
        guard !stored.isEmpty else {
            throw RecoveryError(.store, "one of the stores has keys, which can't be read from it now: try again")
        }
        return try joined(by: stored)
    }

    /// Makes a new current store key; the older ones still open what they have closed.
    /// - Throws: `.request` without a service; `.wrongKey`, `.damaged`, `.store`.
    public func renewed(
        in store: any ObjectStore,
        of system: SystemID,
        now: Timestamp = .now()
    ) async throws(RecoveryError) -> KeyRing {
        guard let service else { throw RecoveryError(.request, "without a key service the store keeps no keys") }
        _ = try await StoreKey.create(Self.storeKeyID(now), of: system, in: store, service: service)
        return try joined(by: try await StoreKey.all(of: system, in: store, service: service))
    }

    private func joined(by stored: [RingKey]) throws(RecoveryError) -> KeyRing {
        let others = keys.filter { key in !stored.contains { $0.id == key.id } }
        return try KeyRing(stored + others, service: service, acceptsPlain: acceptsPlain)
    }

    /// Stands before all ids that are times.
    private static let firstKeyID = "0-first"

    /// Ids order by time: the last one listed is the newest.
    private static func storeKeyID(_ now: Timestamp) -> String {
        let time = now.formatted().filter { $0 != "-" && $0 != ":" && $0 != "." }
        return "\(time)-\(String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16))"
    }
}
