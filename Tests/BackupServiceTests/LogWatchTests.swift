// SPDX-License-Identifier: Apache-2.0
// Martlet: how far the store's log is behind, by what was seen.

import Platform
import Postgres
import Recovery
import Testing

@testable import BackupService

@Suite("The log that the store lacks")
struct LogWatchTests {
    private let began = Timestamp(seconds: 1_796_000_000)

    private func age(_ lag: inout LogLag, _ seconds: Int, position: UInt64, stored: UInt64) -> Duration {
        lag.take(LSN(position), stored: LSN(stored), at: began + .seconds(seconds))
    }

    @Test func whatIsStoredHasNoAge() {
        var lag = LogLag()
        #expect(age(&lag, 0, position: 100, stored: 100) == .zero)
        #expect(age(&lag, 5, position: 200, stored: 300) == .zero)
    }

    @Test func theOldestByteCounts() {
        var lag = LogLag()
        #expect(age(&lag, 0, position: 100, stored: 100) == .zero)
        // Written at some time within the last five seconds.
        #expect(age(&lag, 5, position: 200, stored: 100) == .seconds(5))
        #expect(age(&lag, 10, position: 300, stored: 100) == .seconds(10))
        // The store has what was there at 5 s; the oldest byte that it lacks came after that.
        #expect(age(&lag, 15, position: 400, stored: 200) == .seconds(10))
        #expect(age(&lag, 20, position: 400, stored: 400) == .zero)
        // A quiet server's log is as old as its last byte, not as the look.
        #expect(age(&lag, 25, position: 400, stored: 400) == .zero)
        #expect(age(&lag, 30, position: 401, stored: 400) == .seconds(5))
    }

    @Test func aBacklogThatWasThereFirstIsAtLeastAsOldAsTheWatch() {
        var lag = LogLag()
        #expect(age(&lag, 0, position: 500, stored: 100) == .zero)
        for second in stride(from: 5, through: 20_000, by: 5) {
            #expect(age(&lag, second, position: 500 + UInt64(second), stored: 100) == .seconds(second))
        }
    }

    /// What the store has when these segments of 1 MiB are there.
    private func standing(_ numbers: [UInt64], from start: UInt64?) -> LogStanding {
        let segments = numbers.map { WALSegment(timeline: 1, holding: LSN($0 << 20), size: 1 << 20) }
        return LogStanding(
            WALCoverage(segmentSize: 1 << 20, segments: segments),
            histories: [],
            timeline: 1,
            from: start.map { LSN($0 << 20) }
        )
    }

    @Test func whatIsWholeIsNotLookedAtAgain() {
        var known = LogKnowledge(standing([3, 4, 5], from: 3), timeline: 1, from: LSN(3 << 20))
        #expect(known.next(from: LSN(3 << 20)) == LSN(6 << 20))
        // Nothing came since.
        known.take(standing([], from: 6), from: LSN(6 << 20))
        #expect(known.standing == LogStanding(end: LSN(6 << 20), gaps: 0))
        // Two came, and one between them not: all from there on is looked at until it is there.
        known.take(standing([6, 8], from: 6), from: LSN(6 << 20))
        #expect(known.standing == LogStanding(end: LSN(9 << 20), gaps: 1))
        #expect(known.next(from: LSN(3 << 20)) == LSN(6 << 20))
        known.take(standing([7, 8, 9], from: 6), from: LSN(6 << 20))
        #expect(known.standing.gaps == 1)
        var mended = known
        mended.take(standing([6, 7, 8, 9], from: 6), from: LSN(6 << 20))
        #expect(mended.standing == LogStanding(end: LSN(10 << 20), gaps: 0))
        // Or until a newer backup makes it harmless.
        #expect(known.next(from: LSN(9 << 20)) == LSN(9 << 20))
        known.take(standing([9, 10], from: 9), from: LSN(9 << 20))
        #expect(known == LogKnowledge(LogStanding(end: LSN(11 << 20), gaps: 0), timeline: 1, from: nil))
    }

    @Test func aStoreThatIsAwayLetsTheLagGrow() async throws {
        let (start, system) = (ContinuousClock.now, SystemID(7))
        var memory = LogMemory()
        var told: [Int] = []
        var figures: [Int: LogMemory.Figures] = [:]
        // The store goes away after two minutes and comes back after twelve; the server writes on, and is away, too,
        // for a minute.
        for second in stride(from: 0, through: 900, by: 5) where !(300..<360).contains(second) {
            let now = start + .seconds(second)
            let place = ServerPlace(
                system: system,
                timeline: 1,
                position: LSN(6 << 20 + UInt64(second) * 100),
                segmentSize: 1 << 20,
                time: began + .seconds(second)
            )
            if memory.isDue(of: system, at: now) {
                let error = await memory.look(at: now) { known throws(RecoveryError) in
                    guard !(120..<720).contains(second) else { throw RecoveryError(.store, "no such folder") }
                    let end = second < 720 ? [3, 4, 5] : [3, 4, 5, 6, 7] as [UInt64]
                    return LogKnowledge(standing(end, from: 3), timeline: 1, from: LSN(3 << 20))
                }
                if error != nil { told.append(second) }
            }
            figures[second] = memory.take(place, received: .none)
        }
        #expect(told == [120], "once for each time that it is away")
        #expect(figures[0]?.lag == .zero)
        #expect(try #require(figures[700]).lag > .seconds(300))
        #expect(figures[700]?.stored == LSN(6 << 20) && figures[700]?.bytes == 70_000)
        #expect(figures[715]?.gaps == 0)
        #expect(try #require(figures[900]).lag == .zero)
        // Another cluster is another story.
        let isDue = memory.isDue(of: SystemID(8), at: start + .seconds(901))
        #expect(isDue)
        let error = await memory.look(at: start + .seconds(901)) { known throws(RecoveryError) in
            #expect(known == nil)
            throw RecoveryError(.store, "away from the beginning")
        }
        #expect(error?.code == .store)
    }

    @Test func gapsAreCountedFromTheBackupOn() {
        #expect(standing([], from: nil) == LogStanding(end: nil, gaps: 0))
        #expect(standing([3, 4, 5], from: 4) == LogStanding(end: LSN(6 << 20), gaps: 0))
        #expect(standing([3, 4, 6, 9], from: 4) == LogStanding(end: LSN(10 << 20), gaps: 2))
        // What lies before the newest backup is no concern of it.
        #expect(standing([1, 3, 4], from: 3) == LogStanding(end: LSN(5 << 20), gaps: 0))
        #expect(standing([6], from: 4) == LogStanding(end: LSN(7 << 20), gaps: 1))
        #expect(standing([1, 3], from: nil) == LogStanding(end: LSN(4 << 20), gaps: 1))
    }
}
