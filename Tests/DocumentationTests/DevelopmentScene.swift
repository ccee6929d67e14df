// SPDX-License-Identifier: Apache-2.0
// Martlet: ./dev itself, in a folder and with ports of its own.

import Glibc
import TestSupport

/// What `./dev` keeps for one test; it goes with the test, and what `./dev` runs there ends with it.
final class DevelopmentScene: Sendable {
    /// How a command ended, and what it said.
    struct Run: Sendable {
        let end: ClusterExit
        let text: String
    }

    let folder: RecoveryFolder
    /// Where `./dev` keeps what it has.
    var state: String { "\(folder.path)/state" }
    private let settings: [String: String]

    /// - Parameter settings: For every command, as a user exports them.
    private init(_ folder: RecoveryFolder, _ settings: [String: String]) {
        self.folder = folder
        self.settings = settings
    }

    /// Lends one.
    static func with(
        _ folder: RecoveryFolder,
        _ settings: [String: String] = [:],
        _ body: (DevelopmentScene) async throws -> Void
    ) async throws {
        let scene = DevelopmentScene(folder, settings)
        do {
            try await body(scene)
            try await scene.end()
        } catch {
            let logs = try? await scene.run(["/bin/sh", "-c", "tail -n 15 \(scene.state)/log/*.log"])
            try? await scene.end()
            throw ClusterFailure("\(error)\n\(logs?.text ?? "")")
        }
    }

    private func end() async throws {
        let down = try await run(["./dev", "down"], within: .seconds(200))
        guard down.end == .code(0) else { throw ClusterFailure("./dev down failed: \(down.text)") }
        // Where the servers' user can't get into the folder their data is elsewhere.
        _ = try await follow("for at in \(state)/data \(state)/backup; do rm -rf \"$(readlink -f $at)\"; done")
    }

    /// Runs `./dev`.
    func run(_ words: String..., without names: Set<String> = []) async throws -> Run {
        try await run(["./dev"] + words, without: names)
    }

    private func run(
        _ words: [String],
        without names: Set<String> = [],
        within limit: Duration = .seconds(120)
    ) async throws -> Run {
        // Nothing that comes by itself while the test runs, but the first backup and its drill; and nothing from the surroundings of the tests.
        let usual = [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": folder.path,
            "MARTLET_DEV_FOLDER": state, "MARTLET_DEV_BIN": ClusterPrograms.build,
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "0 0 1 1 *", "MARTLET_BACKUP_SCHEDULE_DRILL": "0 0 1 1 *",
        ]
        var environment = usual.merging(settings) { $1 }
        for name in names { environment[name] = nil }
        let log = "\(folder.path)/run-\(UInt32.random(in: 0 ... .max)).log"
        let end = try await ClusterProcess.run(
            words.joined(separator: " "),
            ["/usr/bin/env", "--chdir=\(Repository.root)"] + words,
            environment: environment,
            log: log,
            within: limit
        )
        return Run(end: end, text: String(decoding: try RecoveryFolder.bytes(of: log), as: UTF8.self))
    }

    /// Runs commands of a document to their good end.
    func follow(_ commands: String) async throws -> String { try await succeed(["/bin/sh", "-ec", commands]) }

    /// Runs `./dev` to its good end.
    @discardableResult
    func succeed(_ words: String...) async throws -> String { try await succeed(["./dev"] + words) }

    private func succeed(_ command: [String]) async throws -> String {
        let run = try await run(command)
        guard run.end == .code(0) else { throw ClusterFailure("\(command) failed (\(run.end)): \(run.text)") }
        return run.text
    }

    /// The one value of a query on Martlet's database.
    func value(_ sql: String) async throws -> String {
        try await succeed("psql", "-Atc", sql).trimmed
    }

    /// Asks the API.
    func ask(_ request: ClusterRequest) async throws -> ClusterReply {
        let address = String(decoding: try RecoveryFolder.bytes(of: "\(state)/run/address"), as: UTF8.self)
        guard let port = Int(address.trimmed.split(separator: ":").last ?? "") else {
            throw ClusterFailure("the API's address is '\(address)'")
        }
        return try await request.reply(from: port, within: .seconds(30))
    }

    /// The state of a job; nil when there is no such job.
    func state(of job: Int64) async throws -> String? {
        let reply = try await ask(.get("/v1/jobs/\(job)"))
        return reply.status == 404 ? nil : reply.member("state")
    }
}

extension String {
    /// Without the line's end.
    fileprivate var trimmed: String { String(self.reversed().drop { $0.isWhitespace }.reversed()) }
}
