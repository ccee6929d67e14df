// SPDX-License-Identifier: Apache-2.0
// What the reading of a stream says of a silent job.

import Testing

@testable import Jobs

@Suite struct StreamProgressTests {
    @Test func anEntryBeyondTheReadingWaits() {
        let progress = StreamProgress(now: 150_000, lastRead: 100_000, oldestUnread: 101_000)
        #expect(progress.whereabouts(ofJobFrom: .seconds(30)) == .waiting)
        #expect(progress.whereabouts(ofJobFrom: .seconds(49)) == .waiting)
    }

    @Test func anEntryBehindTheReadingWasRead() {
        let drained = StreamProgress(now: 130_000, lastRead: 100_000, oldestUnread: nil)
        #expect(drained.whereabouts(ofJobFrom: .seconds(31)) == .read)
        let busy = StreamProgress(now: 130_000, lastRead: 100_000, oldestUnread: 120_000)
        #expect(busy.whereabouts(ofJobFrom: .seconds(31)) == .read)
    }

    @Test func anEntryThatNoReadingReachedHasVanished() {
        // Nothing unread, and nothing was read as late as this: the stream is not the one that the job was put on.
        for lastRead: Int64 in [0, 50_000] {
            let progress = StreamProgress(now: 130_000, lastRead: lastRead, oldestUnread: nil)
            #expect(progress.whereabouts(ofJobFrom: .seconds(31)) == .vanished)
        }
    }
}
