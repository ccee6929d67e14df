// SPDX-License-Identifier: Apache-2.0
// Martlet: deadlines.
import Testing

@testable import Resilience

@Suite struct DeadlineTests {
    struct Broken: Error {}

    @Test func remainingAndWithin() {
        let clock = FakeClock()
        let deadline = Deadline.after(.seconds(10), now: clock.now)
        clock.advance(.seconds(4))
        #expect(deadline.remaining(now: clock.now) == .seconds(6))
        #expect(deadline.within(.seconds(2), now: clock.now).remaining(now: clock.now) == .seconds(2))
        #expect(deadline.within(.seconds(20), now: clock.now) == deadline)
        clock.advance(.seconds(6))
        #expect(deadline.isExpired(now: clock.now))
        #expect(deadline.remaining(now: clock.now) == .zero)
    }

    @Test func aPassedDeadlineRunsNothing() async {
        let counter = Counter()
        let error = await #expect(throws: ResilienceError.self) {
            try await withDeadline(.after(.zero)) { counter.add() }
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(counter.value == 0)
    }

    @Test func cancelsTheOperation() async {
        let error = await #expect(throws: ResilienceError.self) {
            try await withDeadline(.after(.milliseconds(20))) { try await Task.sleep(for: .seconds(600)) }
        }
        #expect(error?.code == .deadlineExceeded)
    }

    @Test func passesResultsAndErrorsThrough() async throws {
        #expect(try await withDeadline(.after(.seconds(600))) { 5 } == 5)
        await #expect(throws: Broken.self) { try await withDeadline(.after(.seconds(600))) { throw Broken() } }
    }

    @Test func theCallersCancellationIsNotADeadline() async {
        let task = Task {
            try await withDeadline(.after(.seconds(600))) { try await Task.sleep(for: .seconds(600)) }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
