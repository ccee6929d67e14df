// SPDX-License-Identifier: Apache-2.0
// Martlet: what opens and closes the log and exports of each system.

internal import ObjectStore
internal import Recovery
internal import Synchronization

/// Key rings with the keys that the store keeps for a system, wrapped by a key service; each is unlocked once a process.
final class SystemKeys: Sendable {
    private let keys: KeyRing
    private let store: any ObjectStore
    private let rings = Mutex<[SystemID: KeyRing]>([:])

    init(_ keys: KeyRing, in store: any ObjectStore) { (self.keys, self.store) = (keys, store) }

    /// The ring of a system; without a key service the one that is set.
    func ring(of system: SystemID) async throws(RecoveryError) -> KeyRing {
        guard keys.service != nil else { return keys }
        if let ring = rings.withLock({ $0[system] }) { return ring }
        let ring = try await keys.unlocked(in: store, of: system)
        rings.withLock { $0[system] = ring }
        return ring
    }
}
