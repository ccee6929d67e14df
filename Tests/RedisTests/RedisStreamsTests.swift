// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of every stream command, with the traps of Redis 7.0.

import NIOCore
import TestSupport
import Testing

@testable import Redis

@Suite(.enabled(if: TestRedis.sharedURL != nil, needsSharedServer)) struct RedisStreamsTests {
    private func fields(_ pairs: (String, String)...) -> [StreamEntry.Field] {
        pairs.map { .init(name: ByteBuffer(string: $0.0), value: ByteBuffer(string: $0.1)) }
    }

    @Test func addingReadingAndRemoving() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            #expect(try await client.xadd(key, fields: fields(("a", "1")), makeStream: false) == nil)
            #expect(try await client.xlen(key) == 0)
            let chosen = StreamEntryID(milliseconds: 5, sequence: 7)
            #expect(try await client.xadd(key, id: chosen, fields: fields(("a", "1"), ("b", "2"))) == chosen)
            let many = try await client.xadd(key, entries: (0..<100).map { fields(("n", "\($0)")) })
            let ids = try many.map { try $0.get() }
            #expect(ids.count == 100 && ids == ids.sorted() && Set(ids).count == 100)
            #expect(try await client.xlen(key) == 101)

            let first = try await client.xrange(key, count: 1)
            #expect(first.first?["b"] == ByteBuffer(string: "2") && first.first?["c"] == nil)
            #expect(first == [StreamEntry(id: chosen, fields: fields(("a", "1"), ("b", "2")))])
            #expect(try await client.xrange(key, from: ids[98], to: .max, count: 10).map(\.id) == [ids[98], ids[99]])
            #expect(try await client.xtrim(key, minimum: ids[0]) == 1)
            #expect(try await client.xdel(key, ids: [ids[0], ids[1], chosen]) == 2)
            #expect(try await client.xdel(key, ids: []) == 0)
            #expect(try await client.xlen(key) == 98)

            let info = try await client.xinfoStream(key)
            #expect(info.length == 98 && info.entriesAdded == 101 && info.groups == 0)
            #expect(info.lastGeneratedID == ids[99] && info.firstEntryID == ids[2] && info.lastEntryID == ids[99])
            #expect(info.maxDeletedID == ids[1])
        }
    }

    @Test func addingManyKeepsEachError() async throws {
        try await withSharedClient { client, prefix in
            try await client.set(prefix + "text", "x")
            let results = try await client.xadd(prefix + "text", entries: [fields(("a", "1")), fields(("a", "2"))])
            #expect(results.count == 2)
            for result in results {
                let error = #expect(throws: RedisError.self) { try result.get() }
                #expect(error?.serverPrefix == "WRONGTYPE")
            }
        }
    }

    @Test func groupsLiveAndDie() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            #expect(try await client.xgroupCreate(key, group: "g"))
            #expect(try await !client.xgroupCreate(key, group: "g"))
            #expect(try await client.xgroupCreate(key, group: "late", after: nil))
            #expect(try await client.xinfoGroups(key).map(\.name).sorted() == ["g", "late"])
            #expect(try await client.xgroupDestroy(key, group: "late"))
            #expect(try await !client.xgroupDestroy(key, group: "late"))
            let error = try await redisError { () throws(RedisError) in
                try await client.xreadgroup(group: "late", consumer: "c", streams: [(key, nil)], count: 1)
            }
            #expect(error.serverPrefix == "NOGROUP")
            await #expect(throws: RedisError.self) { try await client.xinfoStream(prefix + "missing") }
        }
    }

    @Test func readingAcknowledgingAndDeleting() async throws {
        try await withSharedClient { client, prefix in
            let (one, two) = (prefix + "1", prefix + "2")
            for key in [one, two] { try await client.xgroupCreate(key, group: "g") }
            let ids = try await client.xadd(one, entries: (0..<3).map { fields(("n", "\($0)")) }).map { try $0.get() }
            let other = try #require(try await client.xadd(two, fields: fields(("x", "y"))))

            // In 7.0 a consumer that read nothing does not exist.
            try await client.xgroupCreate(prefix + "empty", group: "g")
            let nothing = try await client.xreadgroup(
                group: "g",
                consumer: "idle",
                streams: [(prefix + "empty", nil)],
                count: 1
            )
            #expect(nothing.isEmpty)
            #expect(try await client.xinfoConsumers(prefix + "empty", group: "g").isEmpty)
            let read = try await client.xreadgroup(
                group: "g",
                consumer: "c",
                streams: [(one, nil), (two, nil)],
                count: 2
            )
            #expect(read[one]?.map(\.id) == [ids[0], ids[1]] && read[two]?.map(\.id) == [other])
            #expect(read[one]?.first?["n"] == ByteBuffer(string: "0"))
            let rest = try await client.xreadgroup(
                group: "g",
                consumer: "c",
                streams: [(one, nil), (two, nil)],
                count: 2
            )
            #expect(rest[one]?.map(\.id) == [ids[2]] && rest[two] == nil)
            #expect(try await client.xreadgroup(group: "g", consumer: "c", streams: [(one, nil)], count: 2).isEmpty)

            let summary = try await client.xpending(one, group: "g")
            #expect(
                summary.count == 3 && summary.smallest == ids[0] && summary.biggest == ids[2]
                    && summary.consumers == ["c": 3]
            )
            let pending = try await client.xpending(one, group: "g", count: 10, consumer: "c")
            #expect(pending.map(\.id) == ids && pending.allSatisfy { $0.deliveries == 1 && $0.consumer == "c" })
            #expect(try await client.xpending(one, group: "g", minIdle: .seconds(3600), count: 10).isEmpty)

            #expect(try await client.xack(one, group: "g", ids: [ids[0], ids[0]]) == 1)
            // An acknowledgement alone leaves the entry where it was.
            #expect(try await client.xlen(one) == 3)
            let done = try await client.xackdel(one, group: "g", ids: ids)
            #expect(done.acknowledged == 2 && done.deleted == 3)
            #expect(try await client.xlen(one) == 0)
            #expect(try await client.xpending(one, group: "g").count == 0)
            #expect(try await client.xpending(one, group: "g").smallest == nil)

            let consumers = try await client.xinfoConsumers(two, group: "g")
            #expect(consumers.map(\.name) == ["c"] && consumers.first?.pending == 1)
            let group = try #require(try await client.xinfoGroups(two).first)
            #expect(group.pending == 1 && group.consumers == 1 && group.lastDeliveredID == other && group.lag == 0)
        }
    }

    @Test func deletedEntriesInTheOwnPendingListHaveNoFields() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let ids = try await client.xadd(key, entries: (0..<3).map { fields(("n", "\($0)")) }).map { try $0.get() }
            _ = try await client.xreadgroup(group: "g", consumer: "c", streams: [(key, nil)], count: 10)
            try await client.xdel(key, ids: [ids[1]])
            let own = try await client.xreadgroup(group: "g", consumer: "c", streams: [(key, .zero)], count: 10)
            #expect(own[key]?.map(\.id) == ids)
            #expect(own[key]?.map(\.isDeleted) == [false, true, false])
            #expect(own[key]?[1].fields.isEmpty == true)
        }
    }

    @Test func claimingReportsDeletedEntriesAndACursor() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let ids = try await client.xadd(key, entries: (0..<5).map { fields(("n", "\($0)")) }).map { try $0.get() }
            _ = try await client.xreadgroup(group: "g", consumer: "dead", streams: [(key, nil)], count: 10)
            let early = try await client.xautoclaim(key, group: "g", consumer: "c", minIdle: .seconds(3600))
            #expect(early == StreamClaim(cursor: .zero, entries: [], deleted: []))
            try await client.xdel(key, ids: [ids[1], ids[3]])
            var claims: [StreamClaim] = []
            var cursor = StreamEntryID.zero
            repeat {
                let claim = try await client.xautoclaim(
                    key,
                    group: "g",
                    consumer: "c",
                    minIdle: .zero,
                    start: cursor,
                    count: 2
                )
                claims.append(claim)
                cursor = claim.cursor
            } while cursor != .zero
            #expect(claims.count > 1)
            #expect(claims.flatMap(\.entries).map(\.id) == [ids[0], ids[2], ids[4]])
            #expect(claims.flatMap(\.deleted) == [ids[1], ids[3]])
            // 7.0 takes the deleted ones off the pending list.
            let pending = try await client.xpending(key, group: "g", count: 10)
            #expect(pending.map(\.id) == [ids[0], ids[2], ids[4]] && pending.allSatisfy { $0.deliveries == 2 })

            #expect(try await client.xclaimJustID(key, group: "g", consumer: "c", ids: [ids[0], ids[1]]) == [ids[0]])
            let renewed = try await client.xpending(key, group: "g", to: ids[0], count: 1)
            #expect(renewed.first?.deliveries == 2)
        }
    }

    @Test func deletingAConsumerDropsItsPendingEntries() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            try await client.xadd(key, fields: fields(("n", "1")))
            _ = try await client.xreadgroup(group: "g", consumer: "c", streams: [(key, nil)], count: 10)
            #expect(try await client.xgroupDelConsumer(key, group: "g", consumer: "c") == 1)
            #expect(try await client.xautoclaim(key, group: "g", consumer: "d", minIdle: .zero).entries.isEmpty)
        }
    }

    @Test func lagIsUnknownAfterUndeliveredEntriesAreDeleted() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let ids = try await client.xadd(key, entries: (0..<3).map { fields(("n", "\($0)")) }).map { try $0.get() }
            #expect(try await client.xinfoGroups(key).first?.lag == 3)
            try await client.xdel(key, ids: [ids[1]])
            #expect(try await client.xinfoGroups(key).first?.lag == nil)
        }
    }
}
