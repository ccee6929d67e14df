// SPDX-License-Identifier: Apache-2.0
// Martlet: backups and restores that meet a full disk, missing log or their own end.

import Glibc
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

extension PhysicalBackupTests {
    @Test("A full disk is named with the file", .enabled(if: geteuid() == 0, "only root can make a small disk"))
    func fullDisk() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let (entry, _) = try await scene.backUp(server)
                let disk = try scene.folder.make("disk")
                try await server.runAsRoot("/bin/mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", disk])
                let reader = try await BackupReader.open(entry, in: scene.store, keys: scene.keys, pace: BytePace())
                let restore = PhysicalRestore(into: disk, settings: RecoverySettings(restoreCommand: "false"))
                let error = await recoveryFailure { try await restore.run(from: reader) }
                try await server.runAsRoot("/bin/umount", [disk])
                #expect(error?.code == .disk)
                #expect(error?.message.contains("can't write \(disk)/base/") == true, "\(error?.message ?? "")")
                #expect(error?.message.hasSuffix("No space left on device") == true)
            }
        }
    }

    @Test("Log that never comes is missed in time")
    func missingLog() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let (entry, outcome) = try await scene.backUp(server)
                let archive = scene.archive(entry.system)
                let error = await recoveryFailure {
                    try await archive.awaitLog(of: outcome, within: .milliseconds(100))
                }
                #expect(error?.code == .missingLog)
                let (_, second) = try await scene.withReceiver(server, entry.system) { receiver in
                    try await eventually("the log streams") { receiver.status.isStreaming }
                    let made = try await scene.backUp(server)
                    try await archive.awaitLog(of: made.outcome, within: patience)
                    return made
                }
                #expect(second.segmentSize == 1 << 20)
            }
        }
    }

    @Test("A restore that was cut off leaves a folder on which no server starts")
    func cutOff() async throws {
        try await RecoveryScene.with { scene in
            try await scene.withServer { server in
                let (entry, _) = try await scene.backUp(server)
                let data = try scene.folder.make("cut")
                let reader = try await BackupReader.open(
                    entry,
                    in: scene.store,
                    keys: scene.keys,
                    pace: BytePace(bytesPerSecond: 300_000)
                )
                let restore = PhysicalRestore(into: data, settings: RecoverySettings(restoreCommand: "false"))
                let task = Task { try await restore.run(from: reader) }
                try await eventually("some files are there") {
                    access("\(data)/base/1/1259", F_OK) == 0 || access("\(data)/base/1", F_OK) == 0
                }
                task.cancel()
                let result = await task.result
                #expect(throws: RecoveryError.self) { try result.get() }
                #expect(access("\(data)/global/pg_control", F_OK) != 0)
                let broken = try RecoveryServer(scene.folder, data: data)
                try await broken.launch()
                try await eventually("the server gives up") { broken.end != nil }
                #expect(broken.end != .code(0))

                let again = await recoveryFailure { try await restore.run(from: reader) }
                #expect(again?.code == .notEmpty)
            }
        }
    }

    /// Inserts rows from four sessions as long as `body` runs.
    func underLoad<Value: Sendable>(
        _ server: RecoveryServer,
        _ body: () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...4 {
                group.addTask {
                    let session = try await PostgresSession.connect(try server.configuration, on: server.loop)
                    var number = 1_000_000 * writer
                    while !Task.isCancelled {
                        number += 1
                        _ = try? await session.simpleQuery(
                            "INSERT INTO item VALUES (\(number), repeat(md5('\(number)'), 8)); UPDATE item SET text = text || 'u' WHERE id = \(number % 20_000)"
                        )
                    }
                    await session.close()
                }
            }
            let value = try await body()
            group.cancelAll()
            return value
        }
    }

    func archived(_ server: RecoveryServer) async throws {
        let name = try await server.value("SELECT pg_walfile_name(pg_switch_wal())")
        try await eventually("\(name) is archived") {
            try await server.value("SELECT coalesce(last_archived_wal, '') >= '\(name)' FROM pg_stat_archiver") == "t"
        }
    }
}
