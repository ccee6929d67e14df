// SPDX-License-Identifier: Apache-2.0
// Martlet: the streaming receiver against a real server that loses its disk.

import Glibc
import ObjectStore
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "The receiver of the log",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct WALReceiverTests {
    /// What commits were acknowledged, and when.
    private final class Acknowledged: Sendable {
        let commits = Mutex<[(row: String, at: ContinuousClock.Instant)]>([])

        func before(_ end: ContinuousClock.Instant) -> [String] {
            commits.withLock { $0.filter { $0.at <= end }.map(\.row) }
        }
    }

    @Test("With synchronous commits no acknowledged row is lost with the server's disk")
    func synchronous() async throws {
        let settings = ["synchronous_standby_names = 'receiver'"]
        let lost = try await lostDisk(settings: settings, isSynchronous: true, within: .zero)
        #expect(lost == 0, "\(lost) acknowledged rows are lost")
    }

    @Test("Otherwise no row is lost that was acknowledged two seconds before")
    func asynchronous() async throws {
        // One of the two is the receiver's; the other one is enough for a disk that other tests use as well, but not always.
        var lost: [Int] = []
        while lost.count < 3, !lost.contains(0) {
            lost.append(try await lostDisk(settings: [], isSynchronous: false, within: .seconds(2)))
        }
        #expect(lost.contains(0), "\(lost) acknowledged rows are lost")
    }

    /// Kills a server under load and restores it; says how many rows are lost of those that were acknowledged before `limit`.
    private func lostDisk(settings: [String], isSynchronous: Bool, within limit: Duration) async throws -> Int {
        try await RecoveryScene.with { scene in
            let acknowledged = Acknowledged()
            let server = try await RecoveryServer.make(in: scene.folder, settings: settings)
            let entry = try await server.lend { server in
                let system = try await scene.system(server)
                return try await scene.withReceiver(server, system, isSynchronous: isSynchronous) { receiver in
                    try await eventually("the log streams") { receiver.status.isStreaming }
                    try await server.rows("CREATE TABLE item (writer int, number int, text text)")
                    let (entry, _) = try await scene.backUp(server)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for writer in 1...6 {
                            group.addTask { await Self.write(writer, to: server, acknowledged) }
                        }
                        try await Task.sleep(for: .seconds(4))
                        // A slow disk gets the time that it needs for this.
                        try await eventually("rows are acknowledged") {
                            acknowledged.before(.now - limit).count > 200
                        }
                        await server.kill()
                        group.cancelAll()
                    }
                    return entry
                }
            }
            RecoveryFolder.remove(server.data)
            let killed = try #require(acknowledged.commits.withLock { $0.map(\.at).max() })
            let wanted = acknowledged.before(killed - limit)
            #expect(wanted.count > 100)
            let restored = try await scene.restore(entry)
            return try await restored.lend { restored in
                try await restored.promoted()
                let rows = try await restored.rows("SELECT writer, number FROM item").map { "\($0[0]) \($0[1])" }
                let last = try await restored.rows("SELECT max(number), count(*) FROM item GROUP BY writer")
                #expect(last.allSatisfy { $0[0] == $0[1] }, "rows are missing before others: \(last)")
                let found = Set(rows)
                #expect(found.count == rows.count)
                return wanted.count { !found.contains($0) }
            }
        }
    }

    private static func write(_ writer: Int, to server: RecoveryServer, _ acknowledged: Acknowledged) async {
        guard let configuration = try? server.configuration,
            let session = try? await PostgresSession.connect(configuration, on: server.loop)
        else { return }
        for number in 1... {
            do {
                try await session.simpleQuery("INSERT INTO item VALUES (\(writer), \(number), repeat('x', 200))")
            } catch {
                break
            }
            let now = ContinuousClock.now
            acknowledged.commits.withLock { $0.append(("\(writer) \(number)", now)) }
        }
        await session.close()
    }

    @Test("A receiver that is stopped at any moment goes on where the store ends; segments replace their pieces")
    func restarts() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let system = try await scene.system(server)
                try await server.rows("CREATE TABLE item (id serial PRIMARY KEY, text text)")
                let (entry, _) = try await scene.withReceiver(server, system) { receiver in
                    try await eventually("the log streams") { receiver.status.isStreaming }
                    return try await scene.backUp(server)
                }
                for round in 0..<6 {
                    try await scene.withReceiver(
                        server,
                        system,
                        isSynchronous: round % 2 == 0,
                        interval: .milliseconds(20)
                    ) { receiver in
                        try await eventually("the log streams") { receiver.status.isStreaming }
                        for _ in 0..<20 {
                            try await server.rows(
                                "INSERT INTO item (text) SELECT repeat(md5(random()::text), 20) FROM generate_series(1, 120)"
                            )
                        }
                        // Whatever is stored by now.
                    }
                }
                let end = try await scene.withReceiver(server, system) { receiver in
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                    #expect(receiver.status.gaps == 0)
                    return end
                }
                let archive = scene.archive(system)
                let (coverage, _) = try await archive.coverage(segmentSize: 1 << 20)
                let start = try #require(entry.facts.startLSN)
                let line = TimelineHistory(timeline: 1)
                #expect(try #require(coverage.reach(from: start, along: line)) >= end)
                // Only the segment under way has pieces.
                let names = try await archive.names("\(system)/wal/").map(\.description)
                let folders = Set(names.filter { $0.contains(".part/") }.map { $0.split(separator: "/")[3] })
                #expect(folders.count <= 1, "\(folders)")
                #expect(names.count > 3)

                let restored = try await scene.restore(entry)
                try await restored.lend { restored in
                    try await restored.promoted()
                    let sum = "SELECT count(*) || ' ' || sum(hashtext(text)) FROM item"
                    #expect(try await restored.value(sum) == server.value(sum))
                }
            }
        }
    }

    @Test(
        "What was received is stored when the receiver is stopped, and when the server is killed",
        arguments: [false, true]
    )
    func lastPiece(isKilled: Bool) async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let system = try await scene.system(server)
                try await server.rows("CREATE TABLE item (text text)")
                // Nothing is due for an hour.
                let (end, before) = try await scene.withReceiver(server, system, interval: .seconds(3_600)) {
                    receiver in
                    try await eventually("the log streams") { receiver.status.isStreaming }
                    try await server.rows("INSERT INTO item VALUES ('last')")
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver has \(end)") { receiver.status.received >= end }
                    let before = receiver.status.stored
                    if isKilled {
                        await server.kill()
                        try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                    }
                    return (end, before)
                }
                #expect(before < end)
                let (coverage, _) = try await scene.archive(system).coverage(segmentSize: 1 << 20)
                let spans = coverage.spans(along: TimelineHistory(timeline: 1))
                #expect(spans.count == 1 && spans.allSatisfy { $0.end >= end }, "\(spans)")
            }
        }
    }

    @Test("A promotion is followed to the new timeline, and a restore goes the same way")
    func promotion() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer(settings: ["wal_keep_size = 64MB"]) { primary in
                try await primary.rows("CREATE TABLE mark (name text); INSERT INTO mark VALUES ('first')")
                let (entry, _) = try await scene.backUp(primary)
                let standby = try await scene.restore(
                    entry,
                    others: ["primary_conninfo": "host=127.0.0.1 port=\(primary.port) user=postgres"]
                )
                guard rename("\(standby.data)/recovery.signal", "\(standby.data)/standby.signal") == 0 else {
                    throw ClusterFailure("no standby.signal")
                }
                try await standby.lend { standby in
                    try await scene.withReceiver(standby, entry.system, interval: .milliseconds(100)) { receiver in
                        try await eventually("the log streams") { receiver.status.isStreaming }
                        #expect(receiver.status.timeline == 1)
                        try await primary.rows("INSERT INTO mark VALUES ('second')")
                        let second = try #require(LSN(try await primary.value("SELECT pg_current_wal_flush_lsn()")))
                        try await eventually("the receiver stores \(second)") { receiver.status.stored >= second }
                        try await standby.rows("SELECT pg_promote()")
                        try await primary.rows("INSERT INTO mark VALUES ('lost')")
                        try await standby.rows("INSERT INTO mark VALUES ('third')")
                        let third = try #require(LSN(try await standby.value("SELECT pg_current_wal_flush_lsn()")))
                        try await eventually("the receiver stores \(third)") { receiver.status.stored >= third }
                        #expect(receiver.status.timeline == 2)
                        #expect(receiver.status.losses == 0)
                    }
                }
                let restored = try await scene.restore(entry)
                try await restored.lend { restored in
                    try await restored.promoted()
                    #expect(try await restored.value("SELECT string_agg(name, ' ') FROM mark") == "first second third")
                }
            }
        }
    }

    @Test("Log that the server removed is a gap, which is told")
    func gap() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer(settings: ["max_wal_size = 4MB"]) { server in
                let system = try await scene.system(server)
                try await server.rows("CREATE TABLE item (text text)")
                let before = try await scene.withReceiver(server, system) { receiver in
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                    return receiver.status.stored
                }
                try await eventually("the slot is free") {
                    try await server.value("SELECT active FROM pg_replication_slots") == "f"
                }
                try await server.rows("SELECT pg_drop_replication_slot('martlet')")
                for _ in 0..<8 {
                    try await server.rows("INSERT INTO item SELECT repeat('x', 1000) FROM generate_series(1, 1500)")
                    try await server.rows("CHECKPOINT")
                }
                let gaps = Mutex<[(LSN, LSN)]>([])
                let watch: @Sendable (WALReceiverEvent) -> Void = { event in
                    if case .gap(let from, let to) = event { gaps.withLock { $0.append((from, to)) } }
                }
                try await scene.withReceiver(server, system, onEvent: watch) { receiver in
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                    #expect(receiver.status.gaps == 1)
                }
                let found = gaps.withLock { $0 }
                #expect(found.count == 1)
                #expect(found.first?.0 == before)
                let (coverage, _) = try await scene.archive(system).coverage(segmentSize: 1 << 20)
                let line = TimelineHistory(timeline: 1)
                #expect(coverage.spans(along: line).count == 2)
                #expect(!coverage.missing(from: before, along: line).isEmpty)
            }
        }
    }

    @Test("A server's restart is outlived, and another cluster's log is refused")
    func otherServers() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let system = try await scene.system(server)
                try await scene.withReceiver(server, system) { receiver in
                    try await eventually("the log streams") { receiver.status.isStreaming }
                    try await server.stop()
                    try await server.start()
                    try await server.rows("CREATE TABLE item (text text)")
                    let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
                    try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
                }
                let error = await recoveryFailure { try await scene.receiver(server, SystemID(1)).run() }
                #expect(error?.code == .wrongSystem)
            }
        }
    }
}
