// SPDX-License-Identifier: Apache-2.0
// Martlet: a one-shot timer of an event loop.

import HeapModule
import Synchronization

/// A scheduled call that can be called off from any thread.
public final class EventLoopTimer: Sendable {
    private let work: Mutex<(@Sendable () -> Void)?>

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = Mutex(work)
    }

    /// Calls the timer off; does nothing when it already fired.
    public func cancel() {
        work.withLock { $0 = nil }
    }

    var isPending: Bool { work.withLock { $0 != nil } }

    func fire() {
        let due = work.withLock { work in
            defer { work = nil }
            return work
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
