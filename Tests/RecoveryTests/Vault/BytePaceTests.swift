// SPDX-License-Identifier: Apache-2.0
// Martlet: the limit of a backup's rate.

import Synchronization
import Testing

@testable import Recovery

@Suite("The pace of a backup")
struct BytePaceTests {
    /// A clock that only naps move on.
    private final class NapClock: Sendable {
        private let began = ContinuousClock.now
        private let napped = Mutex(Duration.zero)
        let whileNapping: @Sendable (Duration) -> Void

        init(whileNapping: @escaping @Sendable (Duration) -> Void = { _ in }) { self.whileNapping = whileNapping }

        var elapsed: Duration { napped.withLock { $0 } }

        func pace(_ rate: Int?) -> BytePace {
            BytePace(
                bytesPerSecond: rate,
                now: { self.began + self.elapsed },
                sleep: { nap in
                    try Task.checkCancellation()
                    #expect(nap <= BytePace.nap)
                    self.whileNapping(
                        self.napped.withLock { napped in
                            napped += nap
                            return napped
                        }
                    )
                }
            )
        }
    }

    @Test("Bytes take the time that the rate gives them")
    func rate() async throws {
        let clock = NapClock()
        let pace = clock.pace(1_000_000)
        for _ in 0..<100 { try await pace.pass(100_000) }
        // The last piece is let through at once and paid off afterwards.
        #expect(clock.elapsed > .milliseconds(9_899))
        #expect(clock.elapsed < .milliseconds(9_901))
    }

    @Test("Without a limit nothing waits, and one piece larger than a second's worth passes")
    func unlimited() async throws {
        let clock = NapClock()
        let free = clock.pace(nil)
        for _ in 0..<1_000 { try await free.pass(1 << 30) }
        #expect(clock.elapsed == .zero)
        let slow = clock.pace(10)
        try await slow.pass(1_000)
        #expect(clock.elapsed == .zero)
        try await slow.pass(1)
        #expect(clock.elapsed > .seconds(99))
    }

    @Test("A new rate counts for those who wait already")
    func change() async throws {
        let shared = Mutex<BytePace?>(nil)
        let clock = NapClock { elapsed in
            if elapsed >= .seconds(5) { shared.withLock { $0 }?.bytesPerSecond = 1_000_000 }
        }
        let pace = clock.pace(1)
        shared.withLock { $0 = pace }
        try await pace.pass(1_000_000)
        try await pace.pass(1)
        #expect(clock.elapsed > .seconds(5.9))
        #expect(clock.elapsed < .seconds(6.5))
        #expect(pace.bytesPerSecond == 1_000_000)
    }

    @Test("A wait ends when its task is cancelled")
    func cancelled() async throws {
        let pace = NapClock().pace(1)
        try await pace.pass(1_000)
        let task = Task { () -> RecoveryError.Code? in await code { try await pace.pass(1) } }
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test("Rate, part and time left follow from the counters")
    func progress() {
        let began = ContinuousClock.now
        let elapsed = Mutex(Duration.zero)
        let progress = BackupProgress(now: { began + elapsed.withLock { $0 } })
        #expect(progress.figures.rate == 0)
        #expect(progress.figures.left == nil)
        progress.expect(1_000)
        progress.read(250)
        progress.stored(100)
        progress.finishedFile()
        elapsed.withLock { $0 = .seconds(5) }
        let figures = progress.figures
        #expect(figures.rate == 50)
        #expect(figures.part == 0.25)
        #expect(figures.left == .seconds(15))
        #expect(figures.files == 1)
        #expect(figures.bytesStored == 100)
    }
}
