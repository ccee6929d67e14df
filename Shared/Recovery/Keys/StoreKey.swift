// SPDX-License-Identifier: Apache-2.0
// Martlet: a key that lies wrapped in the store itself.
internal import ObjectStore

/// A key for sealed objects, wrapped by the key service: `<system>/keys/<id>`, JSON of at most 64 KiB.
///
/// A service can't be asked for each segment of the log, and a restore should need nothing but the store and the service.
struct StoreKey: Codable, Sendable {
    private static let version = 1
    private static let longest = 64 << 10
    /// Keys that a system may have.
    private static let most = 1_000

    let format: Int
    let id: String
    let key: WrappedKey

    /// Makes a key and stores it.
    static func create(
        _ id: String,
        of system: SystemID,
        in store: any ObjectStore,
        service: any KeyService
    ) async throws(RecoveryError) -> RingKey {
        let name = try name(id, of: system)
        let key = DataKey()
        let wrapping = ServiceWrapping(service: service)
        let wrapped = try await wrapping.wrap(key, for: .storeKey(id, of: system))
        let document = SealedDocument(
            try JSONDocument.encode(StoreKey(format: version, id: id, key: wrapped)),
            name: name,
            key: key
        )
        try await store.save(document.encoded, at: name, when: .absent)
        return try ringKey(id, key, name)
    }

    /// Reads all keys of a system, the newest first.
    static func all(
        of system: SystemID,
        in store: any ObjectStore,
        service: any KeyService
    ) async throws(RecoveryError) -> [RingKey] {
        var keys: [RingKey] = []
        for object in try await store.objects(prefix: "\(system)/keys/", limit: most).reversed() {
            let key = try await store.fromAnyCopy { store throws(RecoveryError) in
                try await load(object.key, of: system, in: store, service: service)
            }
            keys.append(key)
        }
        return keys
    }

    /// Reads one key of a system from one store.
    static func load(
        _ name: ObjectKey,
        of system: SystemID,
        in store: any ObjectStore,
        service: any KeyService
    ) async throws(RecoveryError) -> RingKey {
        try await open(try await store.load(name, limit: longest), name, of: system, service)
    }

    /// Whether each of several stores has no key of a system; a store that is away can't be asked, and is a failure.
    static func isNone(of system: SystemID, in store: any ObjectStore) async throws(RecoveryError) -> Bool {
        for copy in store.copies {
            guard try await copy.objects(prefix: "\(system)/keys/", limit: most).isEmpty else { return false }
        }
        return true
    }

    private static func open(
        _ bytes: [UInt8],
        _ name: ObjectKey,
        of system: SystemID,
        _ service: any KeyService
    ) async throws(RecoveryError) -> RingKey {
        let (document, stored): (SealedDocument, StoreKey)
        do throws(FormatFault) {
            document = try SealedDocument(stored: bytes)
            stored = try JSONDocument.decode(StoreKey.self, from: document.body)
            guard stored.format == version else { throw FormatFault("a key of an unknown version") }
            guard stored.id == name.name else { throw FormatFault("it is the key \(stored.id)") }
        } catch {
            throw error.error(in: name)
        }
        let wrapping = ServiceWrapping(service: service)
        let key = try await wrapping.unwrap(stored.key, for: .storeKey(stored.id, of: system))
        guard document.isGenuine(name: name, key: key) else {
            throw FormatFault("the seal of the key does not fit").error(in: name)
        }
        return try ringKey(stored.id, key, name)
    }

    private static func ringKey(_ id: String, _ key: DataKey, _ name: ObjectKey) throws(RecoveryError) -> RingKey {
        guard let key = RingKey(id: id, bytes: key.bytes) else {
            throw RecoveryError(.damaged, "'\(id)' is no id of a key", object: name)
        }
        return key
    }

    private static func name(_ id: String, of system: SystemID) throws(RecoveryError) -> ObjectKey {
        guard let name = ObjectKey("\(system)/keys/\(id)") else {
            throw RecoveryError(.request, "'\(id)' is no id of a key")
        }
        return name
    }
}
