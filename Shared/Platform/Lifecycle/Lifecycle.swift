// SPDX-License-Identifier: Apache-2.0
// Martlet: where the process stands between its start and its end.
internal import Synchronization

/// The phase of the process, which health endpoints show; it only moves forwards.
public final class Lifecycle: Sendable {
    /// A phase; the order of the cases is the order in time.
    public enum Phase: Int, Sendable, Comparable {
        /// Not yet able to serve.
        case starting
        /// Serving.
        case ready
        /// Still serving what comes, but asking for no more.
        case draining
        /// Done.
        case stopped

        /// Orders by time.
        public static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// When this object was made, as near to the process's start as its owner makes it.
    public let startedAt: ContinuousClock.Instant

    private struct State {
        var phase = Phase.starting
        var observers: [@Sendable (Phase) -> Void] = []
    }

    private let state = Mutex(State())

    /// Begins in `starting`.
    public init(startedAt: ContinuousClock.Instant = .now) { self.startedAt = startedAt }

    /// The phase now.
    public var phase: Phase { state.withLock { $0.phase } }

    /// Whether a load balancer should send requests.
    public var isReady: Bool { phase == .ready }

    /// Whether start-up has finished, whatever came after.
    public var hasStarted: Bool { phase >= .ready }

    /// Moves to a later phase; false if the process is already there or further.
    @discardableResult
    public func advance(to phase: Phase) -> Bool {
        let observers: [@Sendable (Phase) -> Void]? = state.withLock { state in
            guard phase > state.phase else { return nil }
            state.phase = phase
            return state.observers
        }
        for observer in observers ?? [] { observer(phase) }
        return observers != nil
    }

    /// Calls a function after every later move, on the thread that moves; it must not block.
    public func observe(_ observer: @escaping @Sendable (Phase) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }
}
