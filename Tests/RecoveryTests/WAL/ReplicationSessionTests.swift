// SPDX-License-Identifier: Apache-2.0
// Martlet: the replication protocol against a real server.

import Glibc
import Postgres
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Replication sessions",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct ReplicationSessionTests {
    @Test("Identity, parameters and slots")
    func questions() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let session = try await scene.session(server)
                let system = try await session.identify()
                #expect(try await server.value("SELECT system_identifier FROM pg_control_system()") == "\(system.id)")
                #expect(system.timeline == 1)
                #expect(session.serverVersion >= 150_000)
                #expect(try await session.show("wal_segment_size") == "1MB")
                #expect(try await session.slot("one") == nil)
                try await session.createSlot("one")
                let slot = try #require(try await session.slot("one"))
                #expect(slot.timeline == 1)
                #expect(try #require(slot.restart) <= system.flushed)
                let twice = await failure { try await session.createSlot("one") }
                #expect(twice?.sqlState == "42710")
                try await session.dropSlot("one")
                #expect(try await session.slot("one") == nil)
                let none = await failure { try await session.history(of: 9) }
                #expect(none?.sqlState == "58P01")
                await session.close()
            }
        }
    }

    @Test("A slow reader of a base backup slows the server down and needs no more memory")
    func backPressure() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                try await server.rows(
                    "CREATE TABLE item AS SELECT n, repeat(md5(n::text), 30) AS text FROM generate_series(1, 90000) n"
                )
                let session = try await scene.session(server)
                let stream = try await session.baseBackup(BaseBackupOptions(label: "slow"))
                #expect(try #require(stream.start.size) > 90 << 20)
                let before = Self.residentPages()
                var (bytes, archives, hasManifest) = (0, [String](), false)
                reading: while true {
                    switch try await stream.next() {
                    case .archive(let name, _): archives.append(name)
                    case .manifest: hasManifest = true
                    case .data(let data):
                        if bytes == 0 {
                            try await Task.sleep(for: .seconds(2))
                            #expect(Self.residentPages() - before < 24 << 8)
                        }
                        bytes += data.count
                    case .end(let end, let timeline):
                        #expect(end > stream.start.position)
                        #expect(timeline == 1)
                        break reading
                    }
                }
                #expect(archives == ["base.tar"])
                #expect(hasManifest)
                #expect(bytes > 90 << 20)
                // The session is of use again.
                #expect(try await session.identify().timeline == 1)
                await session.close()
            }
        }
    }

    @Test("A server that falls silent ends the stream, and so does a cancelled reader")
    func silence() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let session = try await ReplicationSession.connect(
                    try server.configuration,
                    on: server.loop,
                    silence: .seconds(2)
                )
                let position = try await session.identify().flushed
                let stream = try await session.stream(from: position, timeline: 1, slot: nil)
                // An idle server answers when it is asked, so the stream outlives its limit.
                let start = ContinuousClock.now
                while ContinuousClock.now - start < .seconds(5) {
                    _ = try await stream.next(within: .milliseconds(500))
                }
                let pid = try #require(pid_t(try await server.value("SELECT pid FROM pg_stat_replication")))
                Glibc.kill(pid, SIGSTOP)
                let silent = await failure { while true { _ = try await stream.next(within: .seconds(1)) } }
                Glibc.kill(pid, SIGCONT)
                #expect(silent?.code == .deadlineExceeded)

                let second = try await scene.session(server)
                let idle = try await second.stream(from: position, timeline: 1, slot: nil)
                let task = Task { await failure { while true { _ = try await idle.next(within: .seconds(10)) } } }
                try await Task.sleep(for: .milliseconds(200))
                task.cancel()
                #expect(await task.value?.code == .cancelled)
            }
        }
    }

    private static func residentPages() -> Int {
        guard let bytes = try? RecoveryFolder.bytes(of: "/proc/self/statm") else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }

    private func failure<Value>(_ body: () async throws -> Value) async -> PostgresError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? PostgresError
        }
    }
}
