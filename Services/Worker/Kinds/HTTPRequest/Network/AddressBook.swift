// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps looked-up addresses for a short time, with one look-up a host at a time.
internal import Platform
internal import Synchronization

/// Remembers the addresses of hosts, so that a busy host costs one look-up each time to live and not one a job.
final class AddressBook: Sendable {
    private struct State {
        var known: RecentValues<String, Entry>
        var flights: [String: [Int: CheckedContinuation<Bool, Never>]] = [:]
        var lastWaiter = 0
    }

    private struct Entry {
        let addresses: [IPAddress]
        let expires: ContinuousClock.Instant
    }

    private enum Role {
        case answer([IPAddress])
        case lead
        case follow(Int)
    }

    private let resolver: any NameResolver
    private let timeToLive: Duration
    private let state: Mutex<State>

    init(resolver: any NameResolver, timeToLive: Duration, capacity: Int = 256) {
        self.resolver = resolver
        self.timeToLive = timeToLive
        state = Mutex(State(known: RecentValues(capacity: capacity)))
    }

    /// The addresses of a host; waits for a look-up that is under way already. Throws what the resolver throws.
    func addresses(of host: String) async throws -> [IPAddress] {
        while true {
            switch role(host) {
            case .answer(let addresses): return addresses
            case .lead:
                // The followers of a look-up that failed or was cancelled start anew: their deadlines are not this caller's.
                defer { land(host) }
                let addresses = try await resolver.addresses(of: host)
                let entry = Entry(addresses: addresses, expires: .now + timeToLive)
                state.withLock { _ = $0.known.insert(entry, for: host) { _ in true } }
                return addresses
            case .follow(let waiter):
                guard await wait(for: host, as: waiter) else { throw CancellationError() }
            }
        }
    }

    private func role(_ host: String) -> Role {
        state.withLock { state in
            if let entry = state.known.value(for: host), entry.expires > .now { return .answer(entry.addresses) }
            guard state.flights[host] != nil else {
                state.flights[host] = [:]
                return .lead
            }
            state.lastWaiter += 1
            return .follow(state.lastWaiter)
        }
    }

    private func land(_ host: String) {
        let waiters = state.withLock { $0.flights.removeValue(forKey: host) }
        for waiter in (waiters ?? [:]).values { waiter.resume(returning: true) }
    }

    /// False when the caller was cancelled.
    private func wait(for host: String, as waiter: Int) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Bool? = state.withLock { state in
                    if state.flights[host] == nil { return true }
                    // Cancellation marks the task before it takes the lock below, so one of the two sees the other.
                    if Task.isCancelled { return false }
                    state.flights[host]?[waiter] = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.flights[host]?.removeValue(forKey: waiter) }
            continuation?.resume(returning: false)
        }
    }
}
