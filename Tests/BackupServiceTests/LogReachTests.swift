// SPDX-License-Identifier: Apache-2.0
// Martlet: which timelines a backup leads to.

import Postgres
import Recovery
import Testing

@testable import BackupService

@Suite("Timelines that are asked for")
struct LogReachTests {
    private let histories = [
        TimelineHistory(timeline: 2, ancestors: [.init(timeline: 1, end: LSN(500))]),
        TimelineHistory(
            timeline: 4,
            ancestors: [.init(timeline: 1, end: LSN(300)), .init(timeline: 3, end: LSN(400))]
        ),
    ]

    private func problem(_ wanted: UInt32, from timeline: UInt32 = 1, at end: UInt64 = 400) -> String {
        LogReach.problem(histories, with: wanted, from: timeline, at: LSN(end)) ?? ""
    }

    @Test func oneThatIsNotThereIsRefusedWithThoseThatAre() {
        #expect(problem(9).contains("no timeline 9; it has 1, 2, 4"))
    }

    @Test func oneThatTheBackupDoesNotLeadToIsRefused() {
        #expect(problem(4).contains("left timeline 1 at 0/12C, before the backup's end"))
        #expect(problem(4, from: 2).contains("does not come from timeline 2"))
    }

    @Test func oneThatTheBackupLeadsToIsTaken() {
        #expect(problem(2).isEmpty && problem(2, at: 500).isEmpty)
        #expect(problem(4, at: 300).isEmpty)
    }
}
