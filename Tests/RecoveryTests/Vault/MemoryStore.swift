// SPDX-License-Identifier: Apache-2.0
// Martlet: a store in memory that can stop at any operation.

import ObjectStore
import Platform
import Synchronization

/// Keeps objects in a dictionary; a test can damage them, count operations, and have the store die at one of them.
final class MemoryStore: ObjectStore {
    /// The operation at which the store dies, counted from 1, and whether what it does still happens.
    struct Stop {
        let operation: Int
        let isDone: Bool
    }

    private struct State {
        var objects: [ObjectKey: [UInt8]] = [:]
        var operations = 0
        var stop: Stop?
        var isStopped = false
    }

    let place: String
    private let state = Mutex(State())
    /// Runs before each write of an upload; a test holds writers up with it.
    let beforeWrite: @Sendable () async -> Void
    /// Runs before each download.
    let beforeRead: @Sendable (ObjectKey, Range<Int64>?) async -> Void

    init(
        place: String = "memory://test",
        beforeWrite: @escaping @Sendable () async -> Void = {},
        beforeRead: @escaping @Sendable (ObjectKey, Range<Int64>?) async -> Void = { _, _ in }
    ) {
        self.place = place
        self.beforeWrite = beforeWrite
        self.beforeRead = beforeRead
    }

    var objects: [ObjectKey: [UInt8]] {
        get { state.withLock { $0.objects } }
        set { state.withLock { $0.objects = newValue } }
    }
    var operations: Int { state.withLock { $0.operations } }
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Begins to count anew, and to live again.
    func restart(stop: Stop? = nil) {
        state.withLock { state in
            state.operations = 0
            state.stop = stop
            state.isStopped = false
        }
    }

    /// One operation: dead stores do nothing more.
    func operate<Value: Sendable>(
        _ key: ObjectKey? = nil,
        _ body: (inout [ObjectKey: [UInt8]]) throws(ObjectStoreError) -> Value
    ) throws(ObjectStoreError) -> Value {
        let dead = ObjectStoreError(.unavailable, "the store is dead", key: key, place: place)
        return try state.withLock { state throws(ObjectStoreError) in
            guard !state.isStopped else { throw dead }
            state.operations += 1
            guard let stop = state.stop, stop.operation == state.operations else { return try body(&state.objects) }
            state.isStopped = true
            if stop.isDone { _ = try body(&state.objects) }
            throw dead
        }
    }

    func put(_ bytes: [UInt8], at key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError)
        -> ObjectInfo
    {
        try operate(key) { objects throws(ObjectStoreError) in
            if condition == .absent, objects[key] != nil {
                throw ObjectStoreError(.exists, "it exists", key: key, place: self.place)
            }
            objects[key] = bytes
            return ObjectInfo(key: key, size: Int64(bytes.count), modified: Timestamp(seconds: 0))
        }
    }

    func upload(to key: ObjectKey, when condition: WriteCondition) async throws(ObjectStoreError) -> any ObjectUpload {
        try operate(key) { _ in }
        return MemoryUpload(key, condition, in: self)
    }

    func get(_ key: ObjectKey, limit: Int) async throws(ObjectStoreError) -> [UInt8] {
        let bytes = try read(key)
        guard bytes.count <= limit else { throw ObjectStoreError(.tooLarge, "too large", key: key, place: place) }
        return bytes
    }

    func download(_ key: ObjectKey, range: Range<Int64>?) async throws(ObjectStoreError) -> any ObjectDownload {
        await beforeRead(key, range)
        let bytes = try read(key)
        guard let range else { return MemoryDownload(bytes) }
        guard range.lowerBound < bytes.count else {
            throw ObjectStoreError(.notFound, "beyond the end", key: key, place: place)
        }
        return MemoryDownload(Array(bytes[Int(range.lowerBound)..<min(Int(range.upperBound), bytes.count)]))
    }

    func info(_ key: ObjectKey) async throws(ObjectStoreError) -> ObjectInfo? {
        try operate(key) { objects in
            objects[key].map { ObjectInfo(key: key, size: Int64($0.count), modified: Timestamp(seconds: 0)) }
        }
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws(ObjectStoreError) -> ObjectPage {
        let all = try operate { objects in
            objects.map { ObjectInfo(key: $0.key, size: Int64($0.value.count), modified: Timestamp(seconds: 0)) }
        }
        let found = all.filter { info in
            info.key.description.hasPrefix(prefix) && after.map { $0 < info.key } ?? true
        }.sorted { $0.key < $1.key }
        return ObjectPage(objects: Array(found.prefix(limit)), hasMore: found.count > limit)
    }

    func remove(_ keys: [ObjectKey]) async throws(ObjectStoreError) {
        try operate { objects in for key in keys { objects[key] = nil } }
    }

    func close() async {}

    private func read(_ key: ObjectKey) throws(ObjectStoreError) -> [UInt8] {
        let bytes = try operate(key) { $0[key] }
        guard let bytes else { throw ObjectStoreError(.notFound, "not found", key: key, place: place) }
        return bytes
    }
}
