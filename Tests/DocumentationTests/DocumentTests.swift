// SPDX-License-Identifier: Apache-2.0
// Martlet: what the documents tell their reader works, with real programs, servers and curl.

import Glibc
import TestSupport
import Testing

@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: ClusterPrograms.obstacle == nil, "\(ClusterPrograms.obstacle ?? "")"),
    .enabled(if: access("/usr/bin/curl", X_OK) == 0, "curl is not installed")
)
struct DocumentTests {
    @Test func theSampleIsTheProgram() throws {
        let program = try Readme.file("docs/examples/Greeter/Greeter.swift")
        let code = program.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.hasPrefix("//") }
            .dropFirst()
        #expect(try Readme().blocks("swift") == [code.joined(separator: "\n")])
    }

    @Test func theFirstJobIsDelivered() async throws {
        let readme = try Readme()
        try await with(workers: ["MARTLET_HTTP_ALLOW": "127.0.0.1"]) { cluster in
            let receiver = try ClusterReceiver()
            defer { receiver.end() }
            let submit = try readme.curl(with: "http.request")
                .replacing("https://httpbin.org/post", with: "http://127.0.0.1:\(receiver.port)/post")
            let accepted = try await run(submit, cluster)
            let id = try #require(jobID(in: accepted), "\(accepted)")
            try await eventually("the webhook comes") { !receiver.all.isEmpty }
            let shown = try await run(readme.curl(with: "/wait?").replacing("/ID/", with: "/\(id)/"), cluster)
            #expect(shown.contains(#""state":"completed""#), "\(shown)")
            #expect(receiver.received.first == #"{"hello":"world"}"#)
            #expect(shown.contains(#""status":200"#), "\(shown)")
        }
    }

    @Test func theGreeterGreets() async throws {
        let readme = try Readme()
        try await with(workers: ["MARTLET_QUEUES": "default"]) { cluster in
            let greeter = try await cluster.launch("Greeter", ["LOG_FORMAT": "text", "MARTLET_BIND": "127.0.0.1"])
            let greet = try readme.curl(with: #""kind":"greet""#)
            for (command, state) in [(greet, "completed"), (greet.replacing("Ada", with: "nobody"), "discarded")] {
                let accepted = try await run(command, cluster)
                let id = try #require(jobID(in: accepted), "\(accepted)")
                let shown = try await cluster.apis[0].get("/v1/jobs/\(id)/wait?timeout=60", within: .seconds(90)).body
                #expect(shown.contains(#""state":"\#(state)""#), "\(shown)")
                #expect(
                    shown.contains(state == "completed" ? #""greeted":true"# : "there is nobody to greet"),
                    "\(shown)"
                )
            }
            greeter.signal(SIGTERM)
            #expect(try await greeter.waitForEnd(within: patience) == .code(0))
        }
    }

    /// Lends an installation whose workers have some settings of their own.
    func with(workers: [String: String], _ body: (Cluster) async throws -> Void) async throws {
        let cluster = try await Cluster.start()
        do {
            for worker in cluster.workers {
                await worker.kill()
                try await worker.start(workers)
                try await worker.waitUntilReady()
            }
            try await body(cluster)
        } catch {
            let report = cluster.report()
            await cluster.end()
            throw ClusterFailure("\(error)\n\(report)")
        }
        await cluster.end()
    }

    /// Runs a command of the README as it stands, only with the cluster's address.
    private func run(_ command: String, _ cluster: Cluster) async throws -> String {
        let script = command.replacing("http://127.0.0.1:8080", with: "http://127.0.0.1:\(cluster.apis[0].port)")
        return try await cluster.output(of: ["/bin/sh", "-c", script])
    }

    private func jobID(in answer: String) -> String? {
        guard let mark = answer.firstRange(of: #""id":""#) else { return nil }
        return String(answer[mark.upperBound...].prefix { $0.isNumber })
    }
}
