// SPDX-License-Identifier: Apache-2.0
// Martlet: the event loop as an executor and as a clock.

import Synchronization
import TestSupport
import Testing

@testable import Postgres

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    private actor Counter {
        nonisolated let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private(set) var count = 0
        init(_ loop: EventLoop) { self.loop = loop }
        func increment() {
            #expect(loop.isCurrent)
            count += 1
        }
        nonisolated func incrementInPlace() { assumeIsolated { $0.increment() } }
    }

    @Test func actorsAndTasksRunOnItsThread() async {
        let loop = EventLoop(name: "unit")
        let counter = Counter(loop)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<50 {
                group.addTask(executorPreference: index.isMultiple(of: 2) ? loop : nil) {
                    for _ in 0..<100 { await counter.increment() }
                }
            }
        }
        await withTaskExecutorPreference(loop) {
            #expect(loop.isCurrent)
            counter.incrementInPlace()
        }
        #expect(await counter.count == 5_001)
        loop.shutdown()
        // Late work revives the thread.
        await counter.increment()
        #expect(await counter.count == 5_002)
    }

    @Test func timersFireInOrderUnlessCancelled() {
        let fired = Mutex<[UInt64]>([])
        var queue = TimerQueue()
        for number in [3, 1, 4, 2] as [UInt64] {
            let timer = EventLoopTimer { fired.withLock { $0.append(number) } }
            queue.insert(timer, due: MonotonicTime(nanoseconds: number))
            if number == 2 { timer.cancel() }
        }
        #expect(queue.nextDue() == MonotonicTime(nanoseconds: 1))
        while let timer = queue.popDue(at: MonotonicTime(nanoseconds: 3)) { timer.fire() }
        #expect(fired.withLock { $0 } == [1, 3])
        while let timer = queue.popDue(at: MonotonicTime(nanoseconds: 4)) { timer.fire() }
        #expect(fired.withLock { $0 } == [1, 3, 4])
        #expect(queue.nextDue() == nil)
    }

    @Test func aTimerFiresAfterItsDelay() async {
        let loop = EventLoop(name: "unit")
        defer { loop.shutdown() }
        let start = ContinuousClock.now
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            _ = loop.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
        #expect(ContinuousClock.now - start >= .milliseconds(5))
    }

    /// Looking at a pending timer must not grow it: a chain of a million closures overflows the stack when it is released.
    @Test func aTimerMayStayPendingForManyTurns() {
        let timer = EventLoopTimer {}
        #expect((0..<1_000_000).allSatisfy { _ in timer.isPending })
        timer.cancel()
        #expect(!timer.isPending)
    }

    @Test func itEndsAndFreesItself() async throws {
        weak var gone: EventLoop?
        do {
            let loop = EventLoop(name: "unit")
            gone = loop
            await Counter(loop).increment()
            loop.shutdown()
        }
        try await eventually { gone == nil }
    }
}
