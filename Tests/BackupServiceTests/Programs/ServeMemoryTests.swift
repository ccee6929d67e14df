// SPDX-License-Identifier: Apache-2.0
// Martlet: the memory of `serve` while it makes a backup and drills another one.

import Glibc
import TestSupport
import Testing

@Suite(
    "The memory of serve",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")"),
    .enabled(if: getenv("MARTLET_TEST_DEEP").map { String(cString: $0) } == "1", "takes minutes: ./dev test --deep")
)
struct ServeMemoryTests {
    /// Of the process itself; PostgreSQL's programs are others.
    private static let limit = 150

    @Test(arguments: ["physical", "logical"])
    func aBackupAndADrillAtOnce(_ method: String) async throws {
        try await DrillScene.with { drills in
            for _ in 0..<12 { try await drills.ledger.add(4_000, text: 1_900) }
            let megabytes = try await drills.server.value("SELECT pg_database_size('martlet') / 1000000")
            _ = try await drills.backUp(with: ["MARTLET_BACKUP_METHOD": method])
            try await drills.server.archived()
            let port = try ClusterPort.free()
            let log = "\(drills.scene.path)/serve.log"
            let process = try await drills.scene.launch(
                ["serve"],
                drills.database.merging([
                    "APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1", "MARTLET_BACKUP_METHOD": method,
                    "MARTLET_BACKUP_RECEIVE": "\(method == "physical")", "MARTLET_BACKUP_DRILL_FOLDER": drills.place,
                    "MARTLET_BACKUP_SCHEDULE_BACKUP": "* * * * *", "MARTLET_BACKUP_SCHEDULE_DRILL": "* * * * *",
                ]) { $1 },
                log: log
            )
            var (together, idle) = (0, 0)
            try await eventually("both have run: \(BackupScene.text(of: log))", within: .seconds(240)) {
                guard let runs = try? await ClusterRequest.get("/v1/runs").reply(from: port).body else { return false }
                let underWay = runs.split(separator: #""running_since":""#).count - 1
                if underWay == 2 { together += 1 }
                if idle == 0 { idle = try Self.megabytes(process.pid, "VmRSS:") }
                #expect(!runs.contains(#""result":"failed""#), "\(runs)")
                return runs.split(separator: #""result":"succeeded""#).count == 3
            }
            let (peak, now) = (try Self.megabytes(process.pid, "VmHWM:"), try Self.megabytes(process.pid, "VmRSS:"))
            print(
                "memory of serve, \(method), ledger of \(megabytes) MB: \(idle) MB at the start, at most \(peak) MB,",
                "\(now) MB afterwards (\(try Self.megabytes(process.pid, "RssFile:")) MB of it the program's own pages); both runs were seen at once \(together) times"
            )
            #expect((Int(megabytes) ?? 0) >= 90)
            #expect(together > 0, "the two did not run at the same time")
            #expect(peak < Self.limit)
            process.signal(SIGTERM)
            #expect(try await process.waitForEnd(within: patience) == .code(0), "\(BackupScene.text(of: log))")
        }
    }

    /// What the kernel says of a process.
    private static func megabytes(_ pid: pid_t, _ name: String) throws -> Int {
        let lines = BackupScene.text(of: "/proc/\(pid)/status").split(separator: "\n")
        guard let kilobytes = lines.first(where: { $0.hasPrefix(name) })?.split(whereSeparator: \.isWhitespace)[1],
            let number = Int(kilobytes)
        else { throw ClusterFailure("process \(pid) has no \(name)") }
        return number * 1_024 / 1_000_000
    }
}
