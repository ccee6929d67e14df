// SPDX-License-Identifier: Apache-2.0
// Martlet: remembers that one of several stores is away.

internal import Logging
internal import Resilience

/// Stands before one of several stores, so that not every call waits for one that is away.
///
/// One failed call closes the gate for 5 s; then one call tries the store, and each failure doubles the time, up to 60 s.
/// Reads have a gate of their own besides: a store that is only slow is read later and still written to.
final class StoreGate: Sendable {
    /// Closes after calls that failed.
    let calls: CircuitBreaker
    /// Closes also after reads that took too long.
    let reads: CircuitBreaker

    init(_ place: String, clock: MirrorClock, logger: Logger) {
        var rules = CircuitBreakerConfiguration()
        (rules.windowSize, rules.minimumCalls, rules.halfOpenPermits) = (1, 1, 1)
        // A store that is slow is not away.
        rules.slowCallRatio = 2
        (rules.openDuration, rules.maximumOpenDuration) = (.seconds(5), .seconds(60))
        // A large object takes long to write; its outcome is told in the end.
        rules.halfOpenTimeout = .seconds(300)
        calls = CircuitBreaker(name: place, configuration: rules, now: clock.now) { event in
            switch (event.from, event.to) {
            case (.closed, .open): logger.warning("a store is away", metadata: ["store": "\(place)"])
            case (_, .closed): logger.info("a store is back", metadata: ["store": "\(place)"])
            default: break
            }
        }
        reads = CircuitBreaker(name: place, configuration: rules, now: clock.now)
    }

    /// Whether the last call that ended did not fail.
    var isThere: Bool { calls.snapshot.phase == .closed }

    /// Calls the store, unless the gate is closed and the call is not needed: nil then.
    /// - Parameter limit: An answer that takes longer is given up, and counts as none: nil as well.
    func call<Value: Sendable>(
        _ breaker: CircuitBreaker,
        isNeeded: Bool,
        within limit: MirrorClock.Limit? = nil,
        _ body: @escaping @Sendable () async throws(ObjectStoreError) -> Value
    ) async -> Result<Value, ObjectStoreError>? {
        let permit = try? breaker.permit()
        guard permit != nil || isNeeded else { return nil }
        let result: Result<Value, ObjectStoreError>?
        if let limit {
            result = await limit.run(body)
        } else {
            do throws(ObjectStoreError) { result = .success(try await body()) } catch { result = .failure(error) }
        }
        note(result?.failure, isAnswered: result != nil, permit, breaker)
        return result
    }

    /// Tells of a call that failed outside of ``call(_:isNeeded:within:_:)``.
    func note(_ error: ObjectStoreError) {
        guard let permit = try? calls.permit() else { return }
        note(error, isAnswered: true, permit, calls)
    }

    private func note(
        _ error: ObjectStoreError?,
        isAnswered: Bool,
        _ permit: CircuitBreaker.Permit?,
        _ breaker: CircuitBreaker
    ) {
        let outcome: CircuitBreakerState.Outcome =
            switch error?.code {
            case .cancelled?: .ignored
            case let code?: code.isAway ? .failure : .success
            case nil: isAnswered ? .success : .failure
            }
        if let permit { breaker.record(permit, outcome) } else if outcome == .success { breaker.reset() }
        guard breaker === reads else { return }
        // What failed, and was not just slow, is away for writes as well; what answers is there for them.
        if let error, error.code.isAway { note(error) } else if outcome == .success, !isThere { calls.reset() }
    }
}

extension ObjectStoreError.Code {
    /// Whether it says that a store is not there, and nothing of an object.
    var isAway: Bool { self == .unavailable || self == .configuration }
}
