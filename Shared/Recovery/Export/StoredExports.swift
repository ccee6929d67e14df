// SPDX-License-Identifier: Apache-2.0
// Martlet: exports in a store.
public import ObjectStore
internal import Platform

/// A system's exports: `<system>/exports/<time>`, each written once; a prune removes old ones (``RetentionPolicy``).
public struct StoredExports: Sendable {
    /// Bytes that an export may have.
    public static let largest = 64 << 20
    /// Exports that a store may have; some years of one each hour.
    private static let most = 100_000

    private let system: SystemID
    private let store: any ObjectStore

    /// The exports of a system.
    public init(of system: SystemID, in store: any ObjectStore) { (self.system, self.store) = (system, store) }

    /// Whether a text is the name of one, such as `20261128T195500.123Z`.
    public static func isName(_ text: String) -> Bool {
        let shape = text.utf8.map { (0x30...0x39).contains($0) ? UInt8(ascii: "0") : $0 }
        return shape == Array("00000000T000000.000Z".utf8)
    }

    /// When the export of a name was made; nil for what is no name.
    static func time(of name: String) -> Timestamp? {
        guard isName(name) else { return nil }
        func part(_ start: Int, _ count: Int) -> Substring { name.dropFirst(start).prefix(count) }
        return try? Timestamp(
            parsing: "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 7))"
        )
    }

    /// Stores one.
    public func save(_ bytes: [UInt8], _ facts: ExportFacts) async throws(RecoveryError) -> ObjectKey {
        let key = try Self.key(facts.name, of: system)
        try await store.save(bytes, at: key, when: .absent)
        return key
    }

    /// Reads one by its name, or the newest, from the first store whose copy is sound.
    /// - Parameter open: Checks it.
    /// - Throws: `.notFound`, `.store`, and what the check throws.
    public func load<Opened>(
        _ name: String?,
        _ open: ([UInt8]) throws(RecoveryError) -> Opened
    ) async throws(RecoveryError) -> (ObjectKey, Opened) {
        let key: ObjectKey
        if let name {
            key = try Self.key(name, of: system)
        } else {
            let all = try await store.objects(prefix: StoreLayout(system).exports, limit: Self.most)
            guard let newest = all.last(where: { Self.isName(String($0.key.name)) }) else {
                throw RecoveryError(.notFound, "there is no export of system \(system) in \(store.place)")
            }
            key = newest.key
        }
        let opened = try await store.fromAnyCopy { store throws(RecoveryError) in
            try open(try await store.load(key, limit: Self.largest))
        }
        return (key, opened)
    }

    static func key(_ name: String, of system: SystemID) throws(RecoveryError) -> ObjectKey {
        guard let key = ObjectKey("\(StoreLayout(system).exports)\(name)") else {
            throw RecoveryError(.request, "'\(name)' is no export's name")
        }
        return key
    }
}
