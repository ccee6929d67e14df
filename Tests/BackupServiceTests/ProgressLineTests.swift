// SPDX-License-Identifier: Apache-2.0
// Martlet: progress in one line.

import Recovery
import Synchronization
import Testing

@testable import BackupService

@Suite("Progress on a terminal")
struct ProgressLineTests {
    @Test func rateShareAndTimeLeft() {
        let clock = Clock()
        let progress = BackupProgress(now: { clock.now })
        progress.expect(400 << 20)
        progress.read(100 << 20)
        progress.stored(30 << 20)
        clock.advance(.seconds(10))
        #expect(
            ProgressLine(figures: progress.figures).description
                == "25 %  100.0 MiB of 400.0 MiB  10.0 MiB/s  stored 30.0 MiB  30 s left"
        )
    }

    @Test func whatIsNotKnownIsNotShown() {
        #expect(ProgressLine(figures: BackupProgress(now: { .now }).figures).description.hasPrefix("0 B  0 B/s"))
    }

    @Test func sizesAndTimes() {
        #expect(ProgressLine.size(1_023) == "1023 B")
        #expect(ProgressLine.size(1_024) == "1.0 KiB")
        #expect(ProgressLine.size(5 << 40) == "5.0 TiB")
        #expect(ProgressLine.time(.seconds(59)) == "59 s")
        #expect(ProgressLine.time(.seconds(245)) == "4 min 05 s")
        #expect(ProgressLine.time(.seconds(7_620)) == "2 h 07 min")
    }

    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 += duration } }
    }
}
