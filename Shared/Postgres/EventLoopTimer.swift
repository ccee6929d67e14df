// SPDX-License-Identifier: Apache-2.0
// Martlet: a one-shot timer of an event loop.

import HeapModule
import Synchronization

/// A scheduled call that can be called off from any thread.
public final class EventLoopTimer: Sendable {
    /// A closure that is itself the value of a generic container is wrapped anew each time that the container is looked into (in unoptimised builds):
    /// a timer that stays pending for long would grow a chain whose release overflows the stack. In a struct it is left as it is.
    private struct State {
        var work: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ work: @escaping @Sendable () -> Void) {
        state = Mutex(State(work: work))
    }

    /// Calls the timer off; does nothing when it already fired.
    public func cancel() {
        state.withLock { $0.work = nil }
    }

    var isPending: Bool { state.withLock { $0.work != nil } }

    func fire() {
        let due = state.withLock { state in
            defer { state.work = nil }
            return state.work
        }
        due?()
    }
}

/// The loop's timers, earliest first; those called off leave when they come up.
struct TimerQueue {
    private struct Entry: Comparable {
        let due: MonotonicTime
        let timer: EventLoopTimer
        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private var heap = Heap<Entry>()

    mutating func insert(_ timer: EventLoopTimer, due: MonotonicTime) {
        heap.insert(Entry(due: due, timer: timer))
    }

    /// When the earliest timer that is still wanted is due.
    mutating func nextDue() -> MonotonicTime? {
        while let first = heap.min {
            if first.timer.isPending { return first.due }
            heap.removeMin()
        }
        return nil
    }

    mutating func popDue(at now: MonotonicTime) -> EventLoopTimer? {
        guard let first = heap.min, first.due <= now else { return nil }
        heap.removeMin()
        return first.timer
    }
}
