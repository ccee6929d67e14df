// SPDX-License-Identifier: Apache-2.0
// Martlet: PostgreSQL is killed while clients submit jobs, its disk is lost, and one command brings back what was acknowledged.

import Glibc
import Synchronization
import TestSupport
import Testing

@Suite(
    "A lost disk under load",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: BackupScene.obstacle == nil, "\(BackupScene.obstacle ?? "")")
)
struct LostDiskTests {
    /// How the log gets into the store.
    enum Way: String, CaseIterable, Sendable {
        case synchronous, streaming, archive

        /// Jobs that were acknowledged longer than this before the kill must be there.
        var allowed: Duration {
            switch self {
            case .synchronous: .zero
            case .streaming: .seconds(5)
            // The server's archive_timeout, and the time that the segment takes into the store.
            case .archive: .seconds(5 + 2)
            }
        }
    }

    /// Jobs a second; clients send as many in each request as they are late.
    private static let rate = 2_000
    private static let clients = 8
    private static let isDeep = getenv("MARTLET_TEST_DEEP").map { String(cString: $0) == "1" } ?? false
    private static var seconds: Int { isDeep ? 12 : 4 }
    /// So many jobs are acknowledged at least before the kill.
    private static var wanted: Int { rate * seconds / 2 }

    private struct Acknowledged: Sendable {
        let client: Int
        let numbers: Range<Int>
        let at: ContinuousClock.Instant
    }

    @Test(arguments: isDeep ? Way.allCases : [.streaming])
    func oneCommandBringsBackWhatWasAcknowledged(_ way: Way) async throws {
        try await BackupScene.with { scene, server in
            let redis = try #require(getenv("MARTLET_TEST_REDIS_URL").map { String(cString: $0) })
            let settings = [
                "DATABASE_URL": server.url, "REDIS_URL": redis, "MARTLET_REDIS_PREFIX": "lostdisk-\(way)-\(getpid())",
            ]
            let programs = scene.program.split(separator: "/").dropLast().joined(separator: "/")
            let environment = RecoveryServer.environment.merging(settings) { $1 }
            let migrated = try await ClusterProcess.run(
                "migrate",
                ["/\(programs)/martlet-api", "migrate"],
                environment: environment,
                log: "\(scene.path)/migrate.log",
                within: .seconds(60)
            )
            #expect(migrated == .code(0), "\(BackupScene.text(of: "\(scene.path)/migrate.log"))")
            let receiver = try await prepare(way, scene, server)
            #expect(try await scene.run("backup", with: settings).end == .code(0))

            let port = try ClusterPort.free()
            let api = try await ClusterProcess.launch(
                "martlet-api",
                ["/usr/bin/setpriv", "--pdeathsig", "KILL", "/\(programs)/martlet-api"],
                environment: environment.merging(["APP_PORT": "\(port)", "MARTLET_BIND": "127.0.0.1"]) { $1 },
                log: "\(scene.path)/api.log"
            )
            try await eventually("the API is ready") {
                (try? await ClusterRequest.get("/health/ready").reply(from: port))?.status == 200
            }
            let (acknowledged, killed) = try await submit(to: port, until: server, for: .seconds(Self.seconds))
            await api.kill()
            await receiver?.kill()
            _ = try await scene.succeed(["/bin/rm", "-rf", server.data])

            // The one command.
            let folder = "\(scene.path)/restored"
            let began = ContinuousClock.now
            let restored = try await scene.run("restore", "--to", folder)
            #expect(restored.end == .code(0), "\(restored.text)")
            let copy = try RecoveryServer(scene.folder, data: folder)
            try await copy.start()
            try await copy.promoted()
            let recovery = ContinuousClock.now - began
            // What each client was told of is numbered from 0.
            var found: [Set<Int>] = []
            for client in 0..<Self.clients {
                let rows = "SELECT (args::json->>'number')::int FROM job WHERE (args::json->>'client')::int = \(client)"
                let text = try await copy.value("SELECT string_agg(number::text, ' ') FROM (\(rows)) AS row (number)")
                found.append(Set(text.split(separator: " ").compactMap { Int($0) }))
            }
            await copy.kill()
            let lost = acknowledged.flatMap { entry in
                entry.numbers.filter { !found[entry.client].contains($0) }.map { _ in killed - entry.at }
            }
            let all = acknowledged.reduce(0) { $0 + $1.numbers.count }
            print(
                "lost disk, \(way): \(all) jobs acknowledged in \(Self.seconds) s or more, \(lost.count) lost, the oldest acknowledged",
                "\(lost.max() ?? .zero) before the kill; restored and open again in \(recovery)"
            )
            #expect(all > Self.wanted, "the load was no load")
            #expect(
                lost.allSatisfy { $0 <= way.allowed },
                "\(lost.count { $0 > way.allowed }) jobs that may not be lost"
            )
        }
    }

    /// Sets the server up for a way; the receiver where there is one.
    private func prepare(_ way: Way, _ scene: BackupScene, _ server: RecoveryServer) async throws -> ClusterProcess? {
        guard way != .archive else {
            try await server.value("ALTER SYSTEM SET archive_timeout = '5s'")
            try await server.value("SELECT pg_reload_conf()::text")
            return nil
        }
        let receiver = try await scene.launch(
            ["receive"],
            ["DATABASE_URL": server.url, "MARTLET_BACKUP_SYNCHRONOUS": "\(way == .synchronous)"],
            log: "\(scene.path)/receive.log"
        )
        try await eventually("the receiver streams") {
            try await server.value("SELECT count(*)::text FROM pg_stat_replication WHERE state = 'streaming'") == "1"
        }
        if way == .synchronous {
            try await server.value("ALTER SYSTEM SET synchronous_standby_names = 'martlet_backup'")
            try await server.value("SELECT pg_reload_conf()::text")
            try await eventually("commits wait for the receiver") {
                try await server.value("SELECT count(*)::text FROM pg_stat_replication WHERE sync_state = 'sync'")
                    == "1"
            }
        }
        return receiver
    }

    /// Submits jobs over several connections at the rate, kills the server after a while, and says what was acknowledged when.
    private func submit(
        to port: Int,
        until server: RecoveryServer,
        for time: Duration
    ) async throws -> (acknowledged: [Acknowledged], killed: ContinuousClock.Instant) {
        let log = AcknowledgedLog()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    var sent = 0
                    let began = ContinuousClock.now
                    while !Task.isCancelled {
                        let due =
                            Int((ContinuousClock.now - began) / .milliseconds(1)) * Self.rate / Self.clients / 1_000
                        guard due > sent else {
                            try await Task.sleep(for: .milliseconds(20))
                            continue
                        }
                        let count = min(due - sent, 500)
                        let args = (0..<count).map { #"{"client":\#(client),"number":\#(sent + $0)}"# }
                        // The server is gone when it fails; nothing was acknowledged then.
                        guard let reply = try? await ClusterRequest.batch("noop", args: args).reply(from: port),
                            reply.status == 201 || reply.status == 200
                        else { return }
                        log.add(Acknowledged(client: client, numbers: sent..<sent + count, at: .now))
                        sent += count
                    }
                }
            }
            try await Task.sleep(for: time)
            // A busy machine gets the time that it needs for this load.
            try await eventually("\(Self.wanted) jobs are acknowledged") { log.count > Self.wanted }
            let killed = ContinuousClock.now
            await server.kill()
            group.cancelAll()
            while let result = await group.nextResult() {
                guard case .failure(let error) = result, !(error is CancellationError) else { continue }
                throw error
            }
            return (log.all, killed)
        }
    }

    private final class AcknowledgedLog: Sendable {
        private let entries = Mutex<[Acknowledged]>([])
        func add(_ entry: Acknowledged) { entries.withLock { $0.append(entry) } }
        var count: Int { entries.withLock { $0.reduce(0) { $0 + $1.numbers.count } } }
        var all: [Acknowledged] { entries.withLock { $0 } }
    }
}
