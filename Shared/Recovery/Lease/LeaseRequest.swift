// SPDX-License-Identifier: Apache-2.0
// Martlet: how a lease is got.
internal import ObjectStore
internal import Platform

/// Somebody who wants the lease of a system.
struct LeaseRequest: Sendable {
    let store: SystemStore
    let holder: LeaseHolder
    let lifetime: Duration
    let clock: LeaseClock
    var kind = LeaseKind.change

    /// What a look found.
    private enum Look {
        case free(UInt64)
        case held(LeaseHolder, left: Duration)
        /// Somebody took or cleaned away what was looked at.
        case changing
    }

    /// Looks that may meet another racer's changes.
    private static let looks = 8

    /// By how much the clocks of holder and store may differ within a lifetime; stores also cut times to whole seconds.
    private static func margin(of lifetime: Duration) -> Duration { max(lifetime / 6, .seconds(5)) }

    /// Takes the lease when it is free.
    /// - Throws: `.locked` with its holder; `.store`.
    func acquire() async throws(RecoveryError) -> RunLease {
        let token = BootID().description
        for _ in 0..<Self.looks {
            switch try await look(token) {
            case .held(let other, let left): throw Self.refusal(other, left: left)
            case .changing: continue
            case .free(let generation):
                let lease = RunLease(self, generation: generation, token: token, began: clock.now())
                let bytes = LeaseRecord(holder, token: token, lifetime: lifetime, isReleased: false).bytes
                guard let made = try await make(generation, bytes) else { continue }
                guard made.token == token else {
                    if made.isReleased { continue }
                    throw Self.refusal(made.holder, left: nil)
                }
                let others = try await generations()
                // A generation that was made late, when a higher one was there already, counts for nothing.
                if others.contains(where: { $0.number > generation }) { continue }
                try lease.check()
                await clean(below: generation)
                return lease
            }
        }
        throw RecoveryError(.locked, "other runs take and leave the lease too fast to be seen; try again")
    }

    /// Looks at the highest generation.
    private func look(_ token: String) async throws(RecoveryError) -> Look {
        guard let highest = try await generations().last else { return .free(1) }
        guard let bytes = try await store.get(highest.key, limit: LeaseRecord.limit) else { return .changing }
        let record = LeaseRecord(reading: bytes)
        guard !record.isReleased else { return .free(highest.number + 1) }
        // The order matters: the time first, and then whether it was renewed meanwhile.
        let now = try await store.time(token, kind)
        guard let written = try await store.info(highest.key)?.modified else { return .changing }
        let theirs: Duration = .milliseconds(record.lifetime)
        let left = theirs + Self.margin(of: theirs) - (now - written)
        return left < .zero ? .free(highest.number + 1) : .held(record.holder, left: left)
    }

    /// Makes a generation, and says what it is then: perhaps another's; nil when it is gone already.
    private func make(_ generation: UInt64, _ bytes: [UInt8]) async throws(RecoveryError) -> LeaseRecord? {
        let key = store.layout.lease(generation, kind)
        let failure: RecoveryError?
        do throws(RecoveryError) {
            _ = try await store.create(bytes, at: key)
            failure = nil
        } catch { failure = error }
        // Also after a failure, and after the store's own second try of a write whose answer was lost.
        if let found = try await store.get(key, limit: LeaseRecord.limit) { return LeaseRecord(reading: found) }
        if let failure { throw failure }
        return nil
    }

    /// The generations, the highest last.
    private func generations() async throws(RecoveryError) -> [(number: UInt64, key: ObjectKey)] {
        var found: [(number: UInt64, key: ObjectKey)] = []
        try await store.each(store.layout.leases(kind)) { objects throws(RecoveryError) in
            for object in objects {
                guard let number = Self.generation(of: object.key, in: store.layout) else { continue }
                found.append((number, object.key))
            }
        }
        return found
    }

    /// The number of a generation; nil for another object.
    static func generation(of key: ObjectKey, in layout: StoreLayout) -> UInt64? {
        guard case .lease(let number?) = StorePlace(key, in: layout), number < .max else { return nil }
        return number
    }

    /// Removes what does not count any more; what stays is removed by the next.
    private func clean(below generation: UInt64) async {
        guard let page = try? await store.page(store.layout.leases(kind)) else { return }
        let old = page.objects.map(\.key).filter { key in
            Self.generation(of: key, in: store.layout).map { $0 < generation } ?? true
        }
        if !old.isEmpty { try? await store.remove(old) }
    }

    private static func refusal(_ other: LeaseHolder, left: Duration?) -> RecoveryError {
        let time = left.map { "; if it was killed, its lease ends in \(max(1, $0.components.seconds)) s" } ?? ""
        return RecoveryError(.locked, "another run is under way: \(other)\(time)")
    }
}
