// SPDX-License-Identifier: Apache-2.0
// Martlet: names of objects.

import ObjectStore
import Platform
import Postgres
import Testing

@testable import Recovery

@Suite("Names in a store")
struct StoreLayoutTests {
    @Test func positionsDependOnTheSize() {
        let segment = WALSegment(timeline: 1, holding: LSN(0xA_F312_3456), size: 16 << 20)
        #expect(segment.positions(size: 16 << 20) == 0xA_F300_0000..<0xA_F400_0000)
        #expect(segment.positions(size: nil) == 0xA_0000_0000..<0xB_0000_0000)
        let last = WALSegment(timeline: 1, upper: .max, lower: .max)
        #expect(last.positions(size: 1 << 30).upperBound == .max)
        #expect(last.positions(size: nil).upperBound == .max)
    }

    @Test func eachNameIsFoundAgain() throws {
        let layout = StoreLayout(SystemID(7))
        let id = try #require(BackupID("20261128T164500Z-physical-7f3ac2"))
        let segment = WALSegment(timeline: 3, upper: 1, lower: 2)
        let places: [(ObjectKey, StorePlace)] = [
            (layout.path(of: id).head, .backup(id, "head")), (layout.path(of: id).entry, .backup(id, "entry")),
            (layout.path(of: id).index(1), .backup(id, "index")),
            (layout.path(of: id).index(12), .backup(id, "index-12")),
            (layout.path(of: id).volume(7), .backup(id, "volume-000007")),
            (layout.path(of: id).volumeIndex(7), .backup(id, "volume-000007.index")),
            (layout.pin(of: id), .backup(id, "pinned")),
            (layout.check(.drill, of: id, at: Timestamp(seconds: 0)), .check(id, .drill)),
            (layout.wal(.segment(segment)), .wal(.segment(segment))),
            (layout.wal(.history(2)), .wal(.history(2))),
            (layout.piece(0..<8192, of: segment), .piece(segment)),
            (layout.lease(12), .lease(12)), (layout.leaseProbe("a1"), .lease(nil)),
            (layout.lease(12, .drill), .lease(12)), (layout.leaseProbe("a1", .drill), .lease(nil)),
            (layout.reader("a1", of: id), .reader(id)),
            (try #require(ObjectKey("7/exports/20261128T195500.123Z")), .export("20261128T195500.123Z")),
            (try #require(ObjectKey("7/keys/0-first")), .key("0-first")),
        ]
        for (key, place) in places { #expect(StorePlace(key, in: layout) == place, "\(key)") }
        #expect(layout.check(.drill, of: id, at: Timestamp(seconds: 0)).name == "19700101T000000Z-drill")
        for stranger in [
            "8/backups/\(id)/head", "7/backups/\(id)/notes", "7/backups/x/head", "7/wal/00000001/\(segment)",
            "7/readme",
            "7/wal/00000003/\(segment).part/a/b", "7/checks/\(id)/drill", "7/lease/12", "7/backups/\(id)/index-1",
            "7/leases/0000000000000001", "7/readers/\(id)", "7/readers/x/a1", "7/exports/20261128",
            "7/exports/20261128T195500.123Z/a", "7/keys/a/b",
        ] {
            #expect(StorePlace(try #require(ObjectKey(stranger)), in: layout) == nil, "\(stranger)")
        }
    }
}
