// SPDX-License-Identifier: Apache-2.0
// Martlet: ./dev watch: what is saved is built, and only what became another program is started anew.

import Glibc
import TestSupport
import Testing

@Suite(
    "Rebuilding what changes",
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")")
)
struct WatchTests {
    @Test func onlyWhatChangedIsStartedAnew() async throws {
        let scene = try await WatchScene()
        do {
            try await scene.hears("Watching Services Shared Package.swift")
            try await eventually("all are ready") { try await scene.allAreReady(of: 6) }
            let first = try await scene.services()
            #expect(Set(first.keys) == ["api", "worker", "health", "backup", "postgres", "redis"], "\(first)")
            #expect(scene.builds == 4)

            // One service's own source, written over and over: one build once its author rests.
            for step in 1...6 {
                try scene.write("let step = \(step)", to: "Services/Worker/Kinds.swift")
                try await Task.sleep(for: .milliseconds(250))
            }
            try await scene.hears("worker is ready")
            let second = try await scene.services()
            #expect(scene.builds == 8, "\(scene.said)")
            #expect(second["worker"] != first["worker"])
            for name in ["api", "health", "backup", "postgres", "redis"] {
                #expect(second[name] == first[name], "\(name)")
            }

            // What does not compile changes nothing, and says why.
            try scene.write("broken", to: "Services/Worker/Kinds.swift")
            try await scene.hears("the build failed: what runs stays as it is")
            #expect(scene.said.contains("Kinds.swift:1:1: error: this does not compile"))
            #expect(try await scene.services() == second)

            // What all share is in each of them; the servers stay. The API's migrations are applied before it starts.
            try scene.write("let mended = true", to: "Services/Worker/Kinds.swift")
            try scene.write("let shared = 1", to: "Shared/Shared.swift")
            try await scene.hears("Restarting api worker health backup")
            for name in ["api", "worker", "health", "backup"] {
                try await scene.hears("\(name) is ready", times: name == "worker" ? 2 : 1)
            }
            #expect(scene.said.ranges(of: "Migrating the database").count == 2)
            let third = try await scene.services()
            for name in ["api", "worker", "health", "backup"] {
                #expect(third[name] != nil && third[name] != second[name], "\(name)")
            }
            for name in ["postgres", "redis"] { #expect(third[name] == first[name], "\(name)") }

            // Files that editors make on the way are nobody's sources. That nothing happens has no event to wait for: it takes one
            // look, a second of quiet, and a build to begin.
            let builds = scene.builds
            try scene.write("let x = 1", to: "Shared/.Shared.swift.swp")
            try scene.write("let x = 1", to: "Shared/Shared.swift~")
            try await Task.sleep(for: .seconds(4))
            #expect(scene.builds == builds)

            // What can't migrate is not started.
            try scene.write("crash", to: "Services/API/API.swift")
            try await scene.hears("the migration failed")
            try await scene.hears("what runs stays as it is", times: 2)
            #expect(try await scene.services() == third)
            try scene.write("let mended = true", to: "Services/API/API.swift")
            try await scene.hears("api is ready", times: 2)

            // What crashes again and again rests until it is built anew; the others go on.
            try scene.write("crash", to: "Services/Worker/Kinds.swift")
            try await scene.hears("it rests until its program changes")
            let fourth = try await scene.services()
            #expect(fourth["worker"] == nil && fourth["health"] == third["health"], "\(fourth)")
            try scene.write("let mended = 2", to: "Services/Worker/Kinds.swift")
            try await scene.hears("worker is ready", times: 3)
            let fifth = try await scene.services()
            #expect(fifth["worker"] != nil && fifth["health"] == third["health"], "\(fifth)")

            // A second one beside it is refused.
            let again = try await scene.run("watch")
            #expect(again.end == .code(1) && again.text.contains("already runs here"), "\(again.text)")

            // Ctrl-C ends all, a build that is under way too.
            try scene.write("slow", to: "Shared/Slow.swift")
            let compiler = try await scene.slowBuild()
            #expect(try await scene.interrupt() == .code(0), "\(scene.said)")
            #expect(kill(compiler, 0) != 0 && errno == ESRCH)
            #expect(try await scene.run("status").end == .code(3))
            for pid in fifth.values { #expect(kill(pid_t(pid), 0) != 0, "\(pid)") }
        } catch {
            await scene.end()
            throw error
        }
        await scene.end()
    }
}
