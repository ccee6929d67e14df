// SPDX-License-Identifier: Apache-2.0
// Martlet: kill -9 of a process that receives the log.

import Glibc
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

@Suite(
    "Killed receivers of the log",
    .timeLimit(.minutes(5)),
    .enabled(if: RecoveryServer.obstacle == nil, "no private server: \(RecoveryServer.obstacle ?? "")")
)
struct WALReceiverKillTests {
    @Test("kill -9 of the receiver's process at any moment leaves no gap and no half object")
    func killed() async throws {
        let folder = try RecoveryFolder()
        let key = try #require(RingKey.generate(id: "test"))
        let scene = try await RecoveryScene(folder, keyLine: key)
        let server = try await RecoveryServer.make(in: folder)
        try await server.start()
        let system = try await scene.system(server)
        try await server.rows("CREATE TABLE item (id serial PRIMARY KEY, text text)")
        let (entry, _) = try await scene.withReceiver(server, system) { receiver in
            try await eventually("the log streams") { receiver.status.isStreaming }
            return try await scene.backUp(server)
        }
        // Told to end, not cancelled: the server would go on with a statement that nobody waits for, and commit it after `end`.
        let isOver = Mutex(false)
        let load = Task {
            while !isOver.withLock({ $0 }) {
                try await server.rows(
                    "INSERT INTO item (text) SELECT repeat(md5(random()::text), 20) FROM generate_series(1, 120)"
                )
            }
        }
        let (path, port, id) = (folder.path, server.port, system.value)
        for _ in 0..<6 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, key = key as String, port = port as Int, id = id as UInt64] in
                try await WALReceiverKillTests.receive(path, key, port, id)
            }
        }
        isOver.withLock { $0 = true }
        try await load.value
        let end = try #require(LSN(try await server.value("SELECT pg_current_wal_flush_lsn()")))
        try await scene.withReceiver(server, system) { receiver in
            try await eventually("the receiver stores \(end)") { receiver.status.stored >= end }
            #expect(receiver.status.gaps == 0)
        }
        let restored = try await scene.restore(entry)
        try await restored.lend { restored in
            try await restored.promoted()
            let sum = "SELECT count(*) || ' ' || sum(hashtext(text)) FROM item"
            #expect(try await restored.value(sum) == server.value(sum))
        }
        await server.kill()
    }

    /// Receives in this process until it is killed, some time after the stream has begun.
    static func receive(_ path: String, _ key: String, _ port: Int, _ id: UInt64) async throws {
        let folder = RecoveryFolder(of: path)
        let scene = try await RecoveryScene(folder, keyLine: key)
        let server = try RecoveryServer(folder, data: "\(path)/none", port: port)
        let receiver = try scene.receiver(
            server,
            SystemID(id),
            isSynchronous: Bool.random(),
            interval: .milliseconds(10)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await receiver.run() }
            try await eventually("the log streams") { receiver.status.isStreaming }
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...700)))
            kill(getpid(), SIGKILL)
        }
    }
}
