// SPDX-License-Identifier: Apache-2.0
// Martlet: several stores as one.
public import Logging

/// Writes to all stores, reads from the first that has what is asked for, lists what any of them holds.
///
/// A write succeeds when it succeeds in ``required`` stores; what is missing in the others ``repair(prefix:)`` copies later.
/// `.absent` is decided by the first store that answers, always in the same order. With `required` above the half of the
/// stores, at most one of several writers wins even when they see different stores; below it, two who can't reach the same
/// store may both win. Reads fail over on `.unavailable`, `.damaged` and `.notFound`. Removing fails if any store fails,
/// and the next removal, not a repair, must come first.
///
/// ```swift
/// let store = try MirroredStore([near, far], required: 1)
/// ```
public final class MirroredStore: ObjectStore {
    /// Most stores.
    public static let most = 8

    /// Theirs, joined by ` + `.
    public let place: String
    /// In order of preference.
    public let stores: [any ObjectStore]
    /// How many stores must have an object for its write to succeed.
    public let required: Int
    let logger: Logger

    /// Takes 1 to 8 stores over.
    ///
    /// - Parameter required: 1 to the number of stores; nil for all.
    /// - Throws: `.configuration`.
    public init(
        _ stores: [any ObjectStore],
        required: Int? = nil,
        logger: Logger = Logger(label: "martlet.store")
    ) throws(ObjectStoreError) {
        place = stores.map(\.place).joined(separator: " + ")
        self.stores = stores
        self.required = required ?? stores.count
        self.logger = logger
        guard (1...Self.most).contains(stores.count) else {
            throw ObjectStoreError(.configuration, "1 to \(Self.most) stores can be one", place: place)
        }
        guard (1...stores.count).contains(self.required) else {
            throw ObjectStoreError(
                .configuration,
                "a write must succeed in 1 to \(stores.count) stores, not in \(self.required)",
                place: place
            )
        }
        guard Set(stores.map(\.place)).count == stores.count else {
            throw ObjectStoreError(.configuration, "the same place stands there twice", place: place)
        }
    }

    /// Closes all stores.
    public func close() async { for store in stores { await store.close() } }

    /// Runs an operation on some stores at once; results in their order.
    func onEach<Value: Sendable>(
        _ stores: [any ObjectStore],
        _ body: @escaping @Sendable (any ObjectStore) async throws(ObjectStoreError) -> Value
    ) async -> [Result<Value, ObjectStoreError>] {
        await withTaskGroup(of: (Int, Result<Value, ObjectStoreError>).self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    do throws(ObjectStoreError) { return (index, .success(try await body(store))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [Int: Result<Value, ObjectStoreError>] = [:]
            for await (index, result) in group { results[index] = result }
            return stores.indices.compactMap { results[$0] }
        }
    }

    /// One error that names each place.
    func error(_ errors: [ObjectStoreError], _ key: ObjectKey?, _ start: String) -> ObjectStoreError {
        // What says least about the object wins: one store that is away may have it.
        let order: [ObjectStoreError.Code] = [
            .cancelled, .unavailable, .full, .denied, .damaged, .configuration, .tooLarge, .exists, .notFound,
        ]
        let code = order.first { code in errors.contains { $0.code == code } } ?? .unavailable
        let list = errors.map { "\($0.place): \($0.message)" }.joined(separator: "; ")
        return ObjectStoreError(code, "\(start) (\(list))", key: key, place: place, cause: errors.first)
    }
}
