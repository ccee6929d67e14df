// SPDX-License-Identifier: Apache-2.0
// What the reading of a stream says of a silent job.

import Testing

@testable import Jobs

@Suite struct StreamProgressTests {
    @Test func anEntryBeyondTheReadingWaits() {
        let progress = StreamProgress(lastRead: 100_000, oldestUnread: 101_000)
        #expect(progress.whereabouts(ofJobFrom: 120_000) == .waiting)
        #expect(progress.whereabouts(ofJobFrom: 101_000) == .waiting)
    }

    @Test func anEntryBehindTheReadingWasRead() {
        #expect(StreamProgress(lastRead: 100_000, oldestUnread: nil).whereabouts(ofJobFrom: 99_000) == .read)
        #expect(StreamProgress(lastRead: 100_000, oldestUnread: 120_000).whereabouts(ofJobFrom: 99_000) == .read)
    }

    @Test func anEntryThatNoReadingReachedHasVanished() {
        // Nothing unread, and nothing was read as late as this: the stream is not the one that the job was put on.
        #expect(StreamProgress(lastRead: 0, oldestUnread: nil).whereabouts(ofJobFrom: 99_000) == .vanished)
        #expect(StreamProgress(lastRead: 50_000, oldestUnread: nil).whereabouts(ofJobFrom: 99_000) == .vanished)
    }
}
