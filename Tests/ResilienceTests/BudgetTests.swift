// SPDX-License-Identifier: Apache-2.0
// Martlet: retry budget, retries, token bucket.
import TestSupport
import Synchronization
import Testing

@testable import Resilience

@Suite struct BudgetTests {
    struct Broken: Error {}

    @Test func boundsAmplificationWhateverFails() {
        var generator = SeededGenerator.printed("budget")
        for _ in 0..<50 {
            let ratio = Double(Int.random(in: 0...10, using: &generator)) / 10
            let reserve = Int.random(in: 1...20, using: &generator)
            let budget = RetryBudget(ratio: ratio, reserve: reserve)
            var calls = 0
            var retries = 0
            for _ in 0..<2000 {
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    budget.recordCall()
                    calls += 1
                } else if budget.takeRetry() {
                    retries += 1
                }
                #expect(Double(retries) <= Double(reserve) + ratio * Double(calls) + 1e-9)
            }
        }
    }

    /// 1,000 clients retry a dead service up to 5 times each: with the budget the storm adds a fifth, without it four
    /// times.
    @Test func aRetryStormDies() async {
        let box = Counter()
        let retry = Retry(attempts: 5, budget: RetryBudget(ratio: 0.2, reserve: 10), sleep: { _ in })
        for _ in 0..<1000 {
            _ = try? await retry.run(isRetryable: { _ in true }) {
                box.add()
                throw Broken()
            }
        }
        #expect(box.value <= 1000 + 10 + 200)
        #expect(box.value >= 1000 + 200, "the budget is used")
    }

    @Test func retriesUntilSuccessAndWaitsAsToldByTheError() async throws {
        let box = Counter()
        let recorder = WaitRecorder()
        let retry = Retry(
            attempts: 4,
            backoff: .constant(.milliseconds(1)),
            budget: RetryBudget(),
            sleep: { recorder.add($0) }
        )
        let value = try await retry.run(isRetryable: { _ in true }) {
            box.add()
            if box.value == 1 { throw ResilienceError(.circuitOpen, "", retryAfter: .seconds(7)) }
            if box.value == 2 { throw Broken() }
            return box.value
        }
        #expect(value == 3)
        #expect(recorder.waits == [.seconds(7), .milliseconds(1)])
    }

    @Test func doesNotRetryWhatIsNotRetryableNorPastTheDeadline() async {
        let box = Counter()
        let retry = Retry(attempts: 5, backoff: .constant(.seconds(2)), budget: RetryBudget(), sleep: { _ in })
        await #expect(throws: Broken.self) {
            try await retry.run(isRetryable: { _ in false }) {
                box.add(); throw Broken()
            }
        }
        await #expect(throws: Broken.self) {
            try await retry.run(deadline: .after(.seconds(1)), isRetryable: { _ in true }) {
                box.add(); throw Broken()
            }
        }
        await #expect(throws: CancellationError.self) {
            try await retry.run(isRetryable: { _ in true }) {
                box.add(); throw CancellationError()
            }
        }
        #expect(box.value == 3)
    }

    @Test func tokenBucketEqualsTheOracle() {
        var generator = SeededGenerator.printed("token bucket")
        for _ in 0..<50 {
            let rate = [1, 2, 5, 10, 100].randomElement(using: &generator) ?? 1
            let burst = Int.random(in: 1...20, using: &generator)
            let start = ContinuousClock.now
            var bucket = TokenBucketState(rate: Double(rate), burst: burst, now: start)
            var tokens = burst * 1000  // the oracle counts thousandths of a token, by milliseconds
            var time = 0
            for _ in 0..<300 {
                let step = Int.random(in: 0...700, using: &generator)
                time += step
                tokens = min(burst * 1000, tokens + step * rate)
                let count = Int.random(in: 1...3, using: &generator)
                let wait = bucket.take(count, now: start + .milliseconds(time))
                #expect((wait == nil) == (tokens >= count * 1000))
                if wait == nil {
                    tokens -= count * 1000
                } else if let wait, count <= burst {
                    let missing = Double(count * 1000 - tokens) / Double(rate) / 1000
                    #expect(abs(wait / .seconds(1) - missing) < 1e-6)
                }
            }
        }
    }

    @Test func tokenBucketTellsTheWait() {
        let clock = FakeClock()
        let bucket = TokenBucket(rate: 4, burst: 2, now: { clock.now })
        #expect(bucket.take(2) == nil)
        #expect(bucket.take() == .milliseconds(250))
        clock.advance(.milliseconds(250))
        #expect(bucket.take() == nil)
    }
}

/// Counts from concurrent code.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}

/// Remembers waits.
final class WaitRecorder: Sendable {
    private let list = Mutex<[Duration]>([])
    var waits: [Duration] { list.withLock { $0 } }
    func add(_ wait: Duration) { list.withLock { $0.append(wait) } }
}
