// SPDX-License-Identifier: Apache-2.0
// Martlet: one run at a time, agreed upon through nothing but the store.
public import ObjectStore
internal import Platform
internal import Synchronization

/// The right to be the one run on a system; held by renewing it, and over when its time is over.
///
/// ```swift
/// try await RunLease.hold(system, in: store, as: holder) { lease throws(RecoveryError) in
///     try lease.check()  // before each step that must not happen twice
/// }
/// ```
/// A store can create an object if it is absent, in one step; it can replace and remove only whatever is there. So a
/// lease is a row of generations, `<system>/lease/<n>`, each made once by `.absent`, and only the highest counts:
/// - To take it over, one makes generation n + 1, when the highest, n, is released or expired. Of any number of racers
///   that saw n, the store lets one make n + 1.
/// - The highest is never removed, only marked as released. A racer that slept and makes an old generation, which was
///   cleaned away, looks once more, sees a higher one, and has lost.
/// - n is expired when the store's clock says so: the racer writes a probe, and then asks when n was written. A
///   renewal that lands later than that question lands more than `lifetime + margin` after the one before. But its
///   writer does not accept a renewal that ends later than `lifetime` after the one before began, by its own clock.
///   So they are never both sure, as long as no clock gains more than `margin` (a sixth of the lifetime, at least 5
///   s) on another within a lifetime, and a listing shows what was written before it.
/// - Who removes the highest by hand ends it: its holder looks whose it is before it renews.
/// - An answer that is lost does no harm: the generation bears a random token, and its maker looks whose it is.
///
/// What is safe must not rest on this alone, since a process may stop between a look at the clock and a write:
/// backups write only below their own names, each entry is made by `.absent`, and retention removes what nobody
/// needs.
public final class RunLease: Sendable {
    /// How long a lease holds without renewal, unless said otherwise.
    public static let standardLifetime: Duration = .seconds(60)

    /// Its generation.
    public let generation: UInt64
    private let request: LeaseRequest
    private let token: String
    private let state: Mutex<State>

    private struct State {
        /// When the last renewal that succeeded began.
        var renewed: Duration
        var isLost = false
    }

    init(_ request: LeaseRequest, generation: UInt64, token: String, began: Duration) {
        self.request = request
        self.generation = generation
        self.token = token
        state = Mutex(State(renewed: began))
    }

    /// Runs `body` with the lease, renews it meanwhile, and gives it back in any case.
    ///
    /// When it is lost, `body` is cancelled.
    /// - Parameters:
    ///   - holder: Who wants it.
    ///   - kind: Which of the system's leases; default that of runs that change the store.
    ///   - lifetime: How long it holds without renewal, 15 s to a day; default one minute.
    ///   - clock: Another than the system's, in tests.
    /// - Throws: `.locked` when another run holds it (with the other's name), or when it is lost; `.store`; what
    ///   `body` throws.
    public static func hold<Value: Sendable>(
        _ system: SystemID,
        in store: any ObjectStore,
        as holder: LeaseHolder,
        kind: LeaseKind = .change,
        lifetime: Duration = standardLifetime,
        clock: LeaseClock = .system,
        _ body: @escaping @Sendable (RunLease) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let lifetime = min(max(lifetime, .seconds(15)), .seconds(86_400))
        let store = SystemStore(system, in: store)
        let request = LeaseRequest(store: store, holder: holder, lifetime: lifetime, clock: clock, kind: kind)
        let lease = try await request.acquire()
        let result = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                await lease.keep()
                return nil
            }
            group.addTask {
                do throws(RecoveryError) { return .success(try await body(lease)) } catch { return .failure(error) }
            }
            var result: Result<Value, RecoveryError>?
            while let ended = await group.next() {
                group.cancelAll()
                result = ended ?? result
            }
            return result ?? .failure(RecoveryError(.internal, "a run ended without a result"))
        }
        let wasLost = !lease.isHeld
        // Not in this task: it may be cancelled, and the lease is to be given back all the same.
        await Task { await lease.release() }.value
        if case .failure(let error) = result, error.code == .cancelled, wasLost, !Task.isCancelled { throw lost }
        return try result.get()
    }

    /// Whether it still holds.
    public var isHeld: Bool {
        let now = request.clock.now()
        return state.withLock { !$0.isLost && now - $0.renewed <= request.lifetime }
    }

    /// Throws `.locked` when it does not hold any more.
    public func check() throws(RecoveryError) {
        guard isHeld else { throw Self.lost }
    }

    /// Renews it once.
    /// - Throws: `.locked` when it is lost for good; `.store` when the store is away and there is still time.
    func renew() async throws(RecoveryError) {
        try check()
        let (began, store) = (request.clock.now(), request.store)
        let key = store.layout.lease(generation, request.kind)
        guard try await isOurs(key) else { throw lose() }
        try await store.put(record(isReleased: false), at: key, when: .always)
        // What landed after its time may have landed after a take-over.
        try check()
        let later = try await store.page(store.layout.leases(request.kind), after: key).objects
        guard !later.contains(where: { LeaseRequest.generation(of: $0.key, in: store.layout) != nil }) else {
            throw lose()
        }
        try check()
        state.withLock { $0.renewed = max($0.renewed, began) }
    }

    /// Renews it at each third of its time until it is lost (returns) or the task is cancelled (returns).
    func keep() async {
        var pause = request.lifetime / 3
        while isHeld, (try? await request.clock.sleep(pause)) != nil {
            do throws(RecoveryError) {
                try await renew()
                pause = request.lifetime / 3
            } catch {
                guard error.code != .locked else { return }
                pause = request.lifetime / 20
            }
        }
    }

    /// Gives it back, so that the next need not wait; without an answer it just runs out.
    public func release() async {
        guard isHeld else { return }
        state.withLock { $0.isLost = true }
        let key = request.store.layout.lease(generation, request.kind)
        guard (try? await isOurs(key)) == true else { return }
        _ = try? await request.store.put(record(isReleased: true), at: key, when: .always)
    }

    /// Whether the generation is the one that we made: somebody may have removed it by hand, and another run made it
    /// anew.
    private func isOurs(_ key: ObjectKey) async throws(RecoveryError) -> Bool {
        guard let found = try await request.store.get(key, limit: LeaseRecord.limit) else { return false }
        return LeaseRecord(reading: found).token == token
    }

    private func lose() -> RecoveryError {
        state.withLock { $0.isLost = true }
        return Self.lost
    }

    private func record(isReleased: Bool) -> [UInt8] {
        LeaseRecord(request.holder, token: token, lifetime: request.lifetime, isReleased: isReleased).bytes
    }

    private static let lost = RecoveryError(
        .locked,
        "the lease was lost: it could not be renewed in time, or another run took it over"
    )
}
