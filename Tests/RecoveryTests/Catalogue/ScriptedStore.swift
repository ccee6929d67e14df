// SPDX-License-Identifier: Apache-2.0
// Martlet: a store in memory that does what a test wants: waits, loses answers, fails, is killed.

import ObjectStore
import Platform
import Synchronization

/// Objects in a dictionary, with a clock of its own.
final class ScriptedStore: ObjectStore {
    /// What a test lets a store do before and after an operation.
    struct Script: Sendable {
        /// Runs before the operation takes place; may wait, or throw in its place.
        var before: @Sendable (Operation) async throws(ObjectStoreError) -> Void = { _ in }
        /// Runs after it took place; an error is a lost answer.
        var after: @Sendable (Operation) async throws(ObjectStoreError) -> Void = { _ in }
    }

    /// What is asked of a store.
    enum Operation: Hashable, Sendable {
        case put(ObjectKey)
        case get(ObjectKey)
        case info(ObjectKey)
        case list(String)
        case remove([ObjectKey])

        var isChange: Bool {
            switch self {
            case .put, .remove: true
            default: false
            }
        }
    }

    fileprivate struct Stored {
        var bytes: [UInt8]
        var modified: Timestamp
    }

    let place: String
    fileprivate let objects: Mutex<[ObjectKey: Stored]>
    private let clock: @Sendable () -> Timestamp
    private let script: Mutex<Script>

    init(
        place: String = "memory://test",
        clock: @escaping @Sendable () -> Timestamp = { .now() },
        script: Script = Script()
    ) {
        self.place = place
        objects = Mutex([:])
        self.clock = clock
        self.script = Mutex(script)
    }

    /// From now on.
    func follow(_ script: Script) { self.script.withLock { $0 = script } }

    /// The names of all objects.
    var keys: Set<ObjectKey> { objects.withLock { Set($0.keys) } }

    /// Puts an object with a time, past all scripts.
    func plant(_ key: ObjectKey, _ bytes: [UInt8] = [], at time: Timestamp) {
        objects.withLock { $0[key] = Stored(bytes: bytes, modified: time) }
    }

    /// Takes an object away, past all scripts.
    func lose(_ key: ObjectKey) { objects.withLock { _ = $0.removeValue(forKey: key) } }

    private func perform<Value>(
        _ operation: Operation,
        _ body: () throws(ObjectStoreError) -> Value
    ) async throws(ObjectStoreError) -> Value {
        let script = script.withLock { $0 }
        try await script.before(operation)
        let value = try body()
        try await script.after(operation)
        return value
    }

    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError)
        -> ObjectInfo
    {
        try await perform(.put(key)) { () throws(ObjectStoreError) in
            let written = objects.withLock { objects -> ObjectInfo? in
                if condition == .absent, objects[key] != nil { return nil }
                let time = clock()
                objects[key] = Stored(bytes: bytes, modified: time)
                return ObjectInfo(key: key, size: Int64(bytes.count), modified: time)
            }
            guard let written else { throw ObjectStoreError(.exists, "exists", key: key, place: place) }
            return written
        }
    }

    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        try await perform(.get(key)) { () throws(ObjectStoreError) in
            guard let stored = objects.withLock({ $0[key] }) else {
                throw ObjectStoreError(.notFound, "not found", key: key, place: place)
            }
            guard stored.bytes.count <= limit else {
                throw ObjectStoreError(.tooLarge, "too large", key: key, place: place)
            }
            return stored.bytes
        }
    }

    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        try await perform(.info(key)) { () throws(ObjectStoreError) in
            objects.withLock { objects in
                objects[key].map { ObjectInfo(key: key, size: Int64($0.bytes.count), modified: $0.modified) }
            }
        }
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
        try await perform(.list(prefix)) { () throws(ObjectStoreError) in
            let found = objects.withLock { objects in
                objects.filter { key, _ in
                    key.description.hasPrefix(prefix) && (after.map { key > $0 } ?? true)
                }.map { ObjectInfo(key: $0.key, size: Int64($0.value.bytes.count), modified: $0.value.modified) }
            }.sorted { $0.key < $1.key }
            return ObjectPage(objects: Array(found.prefix(limit)), hasMore: found.count > limit)
        }
    }

    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        try await perform(.remove(keys)) { () throws(ObjectStoreError) in
            objects.withLock { objects in
                for key in keys { objects.removeValue(forKey: key) }
            }
        }
    }

    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload {
        throw ObjectStoreError(.configuration, "this store takes whole objects only", key: key, place: place)
    }

    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload {
        throw ObjectStoreError(.configuration, "this store gives whole objects only", key: key, place: place)
    }

    func close() async {}
}

extension ScriptedStore {
    /// All objects by name.
    var infos: [ObjectInfo] {
        objects.withLock { objects in
            objects.map { ObjectInfo(key: $0.key, size: Int64($0.value.bytes.count), modified: $0.value.modified) }
        }.sorted { $0.key < $1.key }
    }
}
