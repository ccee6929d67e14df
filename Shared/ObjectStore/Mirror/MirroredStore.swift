// SPDX-License-Identifier: Apache-2.0
// Martlet: several stores as one.
public import Logging
internal import Resilience

/// Writes to all stores, reads from the first that has what is asked for, lists what any of them holds.
///
/// A write and a removal succeed when they succeed in ``required`` stores; what is missing in the others
/// ``repair(prefix:)`` copies later, and what one that was away has kept is removed again by whoever finds it. `.absent` is
/// decided by the first store that answers, always in the same order. With `required` above the half of the
/// stores, at most one of several writers wins even when they see different stores; below it, two who can't reach the same
/// store may both win.
///
/// Reads go on in the next store after every failure but a cancellation. An object is absent when ``required`` stores say so
/// and all others are away: with all required, nobody says it while one is away. A listing needs one store.
///
/// A store that fails is not asked again for some seconds (``StoreGate``) where the others suffice, and a read that has
/// another store to go to waits a second for the first one.
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
    /// Whether a listing fails when one store does, rather than lack what only that one has.
    let isStrict: Bool
    let logger: Logger
    let clock: MirrorClock
    /// By place.
    private let gates: [String: StoreGate]

    /// How long a read waits for a store when there is another one.
    static let patience: Duration = .seconds(1)
    /// How long a listing, which asks all, waits for each when it has one.
    static let listingPatience: Duration = .seconds(5)

    /// ``stores``.
    public var copies: [any ObjectStore] { stores }

    /// Takes 1 to 8 stores over.
    ///
    /// - Parameter required: 1 to the number of stores; nil for all.
    /// - Throws: `.configuration`.
    public convenience init(
        _ stores: [any ObjectStore],
        required: Int? = nil,
        logger: Logger = Logger(label: "martlet.store")
    ) throws(ObjectStoreError) {
        try self.init(stores, required: required, logger: logger, clock: MirrorClock())
    }

    init(
        _ stores: [any ObjectStore],
        required: Int?,
        logger: Logger,
        clock: MirrorClock,
        isStrict: Bool = false
    ) throws(ObjectStoreError) {
        self.isStrict = isStrict
        place = stores.map(\.place).joined(separator: " + ")
        self.stores = stores
        self.required = required ?? stores.count
        self.logger = logger
        self.clock = clock
        gates = Dictionary(
            stores.map { ($0.place, StoreGate($0.place, clock: clock, logger: logger)) }
        ) { first, _ in first }
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

    /// The same stores where nothing may be taken for absent or superfluous that one of them may have: what one of them
    /// does not answer fails, whatever is required otherwise.
    public func strict() throws(ObjectStoreError) -> MirroredStore {
        try MirroredStore(stores, required: nil, logger: logger, clock: clock, isStrict: true)
    }

    /// Closes all stores.
    public func close() async { for store in stores { await store.close() } }

    /// The gate before a store.
    func gate(_ store: any ObjectStore) -> StoreGate {
        gates[store.place] ?? StoreGate(store.place, clock: clock, logger: logger)
    }

    /// What a store that was not asked would have said.
    func refusal(_ store: any ObjectStore, _ key: ObjectKey? = nil) -> ObjectStoreError {
        let message = "it was away a moment ago, or takes too long"
        let cause = ResilienceError(.circuitOpen, message)
        return ObjectStoreError(.unavailable, message, key: key, place: store.place, cause: cause)
    }

    /// Warns of what a store lacks; the gate has told of one that was not asked.
    func tell(_ error: ObjectStoreError, _ message: String) {
        var metadata: Logger.Metadata = ["store": "\(error.place)", "error": "\(error.message)"]
        if let key = error.key { metadata["object"] = "\(key)" }
        logger.log(level: error.cause is ResilienceError ? .debug : .warning, "\(message)", metadata: metadata)
    }

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
