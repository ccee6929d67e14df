// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of redis-snapshot.sh with a real Redis.

import Glibc
import TestSupport
import Testing

@Suite(
    "A snapshot of Redis",
    .enabled(if: access("/usr/bin/redis-server", X_OK) == 0, "redis-server is not installed")
)
struct RedisSnapshotTests {
    private func server(_ scene: ScriptScene, _ folder: String, password: String? = nil) async throws -> (
        process: ClusterProcess, port: Int
    ) {
        let port = try ClusterPort.free()
        mkdir("\(scene.path)/\(folder)", 0o700)
        let secret = password.map { ["--requirepass", $0] } ?? []
        let process = try await scene.launch(
            [
                "/usr/bin/redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir",
                "\(scene.path)/\(folder)",
            ] + secret,
            log: "\(scene.path)/\(folder).log"
        )
        let hello = try await eventuallyAnswers(scene, port, password)
        #expect(hello)
        return (process, port)
    }

    private func eventuallyAnswers(_ scene: ScriptScene, _ port: Int, _ password: String?) async throws -> Bool {
        try await eventually("Redis answers") {
            try await self.ask(scene, port, password, "PING").contains("PONG")
        }
        return true
    }

    private func ask(_ scene: ScriptScene, _ port: Int, _ password: String?, _ words: String...) async throws -> String
    {
        try await scene.run(
            ["/usr/bin/redis-cli", "-p", "\(port)"] + words,
            password.map { ["REDISCLI_AUTH": $0] } ?? [:]
        ).text
    }

    @Test func aServerBegunWithItHasEverything() async throws {
        let scene = try ScriptScene()
        let (first, port) = try await server(scene, "old", password: "p@ss word")
        _ = try await ask(scene, port, "p@ss word", "SET", "key", "value of the key")
        let url = ["REDIS_URL": "redis://:p%40ss%20word@127.0.0.1:\(port)"]
        let run = try await scene.script("redis-snapshot", "\(scene.path)/bus.rdb", with: url)
        #expect(run.end == .code(0), "\(run.text)")
        #expect(run.text.contains("\(scene.path)/bus.rdb") && !run.text.contains("p@ss"), "\(run.text)")
        #expect(scene.exists("bus.rdb.sha256"))

        let again = try await scene.script("redis-snapshot", "\(scene.path)/bus.rdb", with: url)
        #expect(again.end == .code(73) && again.text.contains("nothing is overwritten"), "\(again.text)")
        let wrong = ["REDIS_URL": "redis://:other@127.0.0.1:\(port)"]
        let refused = try await scene.script("redis-snapshot", "\(scene.path)/other.rdb", with: wrong)
        #expect(refused.end == .code(69) && !scene.exists("other.rdb"), "\(refused.text)")
        await first.kill()

        mkdir("\(scene.path)/new", 0o700)
        _ = try await scene.run(["/bin/cp", "\(scene.path)/bus.rdb", "\(scene.path)/new/dump.rdb"])
        let (second, other) = try await server(scene, "new")
        #expect(try await ask(scene, other, nil, "GET", "key") == "value of the key\n")
        await second.kill()
    }

    @Test func withoutRedisThereIsNoFile() async throws {
        let scene = try ScriptScene()
        let run = try await scene.script(
            "redis-snapshot",
            "\(scene.path)/bus.rdb",
            with: ["REDIS_URL": "redis://127.0.0.1:\(try ClusterPort.free())"]
        )
        #expect(run.end == .code(69) && run.text.contains("does not answer"), "\(run.text)")
        #expect(try await scene.run(["/bin/sh", "-c", "ls \(scene.path)/bus* 2>/dev/null"]).text == "")
        #expect(try await scene.script("redis-snapshot").end == .code(64))
        let help = try await scene.script("redis-snapshot", "--help")
        #expect(help.end == .code(0) && help.text.contains("Martlet needs none"))
    }
}
