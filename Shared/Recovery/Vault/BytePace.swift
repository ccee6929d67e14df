// SPDX-License-Identifier: Apache-2.0
// Martlet: how fast a backup or a restore may go.
internal import Synchronization

/// A limit in bytes a second that can be changed at any time, also for those who wait; many may share it.
///
/// A writer is charged for what it takes (what the database and its disk feel), a reader for what it fetches. Bytes are
/// let through at once as long as earlier ones are paid off, so a piece larger than a second's worth passes, too.
public final class BytePace: Sendable {
    private struct State {
        var rate: Double?
        var debt = 0.0
        var settled: ContinuousClock.Instant
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void
    /// The longest nap, after which a new rate is noticed.
    static let nap = Duration.milliseconds(250)

    /// A limit; nil is none. Rates below 1 B/s count as 1 B/s.
    public init(
        bytesPerSecond: Int? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        state = Mutex(State(rate: bytesPerSecond.map { Double(max(1, $0)) }, settled: now()))
        self.now = now
        self.sleep = sleep
    }

    /// The limit in bytes a second; nil is none. Setting it wakes within 250 ms those who wait.
    public var bytesPerSecond: Int? {
        get { state.withLock { $0.rate.map { Int($0) } } }
        set {
            let now = now()
            state.withLock { state in
                Self.settle(&state, now)
                state.rate = newValue.map { Double(max(1, $0)) }
                if newValue == nil { state.debt = 0 }
            }
        }
    }

    /// Waits until some bytes may pass.
    /// - Throws: `.cancelled`.
    public func pass(_ bytes: Int) async throws(RecoveryError) {
        while let wait = wait(for: bytes) {
            do { try await sleep(min(wait, Self.nap)) } catch {
                throw RecoveryError(.cancelled, "cancelled while the limit of the rate held it back")
            }
        }
    }

    private func wait(for bytes: Int) -> Duration? {
        let now = now()
        return state.withLock { state in
            guard let rate = state.rate else { return nil }
            Self.settle(&state, now)
            guard state.debt > 0 else {
                state.debt += Double(bytes)
                return nil
            }
            return .seconds(state.debt / rate)
        }
    }

    private static func settle(_ state: inout State, _ now: ContinuousClock.Instant) {
        if let rate = state.rate {
            state.debt = max(0, state.debt - (now - state.settled) / .seconds(1) * rate)
        }
        state.settled = now
    }
}
