// SPDX-License-Identifier: Apache-2.0
// Martlet: a store, a key and the program itself, as an operator has them.

import Glibc
import TestSupport

/// A folder of one test under /tmp, and runs of `martlet-backup` in it as the server's user.
final class BackupScene: Sendable {
    /// How a run ended, and what it said.
    struct Run: Sendable {
        let end: ClusterExit
        let text: String
    }

    /// Why these tests can't run here, or nil.
    static var obstacle: String? {
        if access(builtProgram, X_OK) != 0 { return "\(builtProgram) is not built" }
        return RecoveryServer.obstacle
    }

    private static var builtProgram: String { "\(ClusterPrograms.build)/martlet-backup" }

    let folder: RecoveryFolder
    let program: String
    /// Settings of every run.
    let settings: [String: String]

    /// - Parameter stores: The folders of the stores, in the order in which they are named.
    init(stores: [String] = ["store"]) throws {
        folder = try RecoveryFolder()
        let path = folder.path
        program = Self.builtProgram
        let folders = stores.map { "\(path)/\($0)" }
        for folder in folders { mkdir(folder, 0o700) }
        settings = [
            "MARTLET_BACKUP_STORES": folders.map { "file://\($0)" }.joined(separator: ","),
            "MARTLET_BACKUP_KEYS_FILE": "\(path)/keys",
            "MARTLET_BACKUP_LEDGER_COPY": "false", "MARTLET_BACKUP_COMPRESSION": "lz4",
        ]
        for folder in [path] + folders { RecoveryServer.own(folder) }
        try write("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", to: "\(path)/keys")
    }

    /// The folder of all that the test has.
    var path: String { folder.path }

    /// Lends a scene with a running server.
    static func with(
        stores: [String] = ["store"],
        _ body: (BackupScene, RecoveryServer) async throws -> Void
    ) async throws {
        let scene = try BackupScene(stores: stores)
        try await scene.archivingServer().lend { server in try await body(scene, server) }
    }

    /// A new cluster in the folder `main` that archives by `wal-push`.
    func archivingServer() async throws -> RecoveryServer {
        let variables = settings.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        return try await RecoveryServer.make(
            in: folder,
            name: "main",
            settings: [
                "archive_mode = on",
                "archive_command = '\(variables) \(program) wal-push %p'",
                "archive_timeout = 60",
            ]
        )
    }

    /// Lends a server on a restored folder once it has reached its target.
    func withRestored<Value>(_ data: String, _ body: (RecoveryServer) async throws -> Value) async throws -> Value {
        try await RecoveryServer(folder, data: data).lend { server in
            try await server.promoted()
            return try await body(server)
        }
    }

    /// Writes a file that the server's user owns.
    func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw ClusterFailure("can't write \(path)") }
        fputs(text, file)
        fclose(file)
        RecoveryServer.own(path)
    }

    /// A command as the server's user, that dies with the tests.
    func asUser(_ command: [String]) -> [String] {
        RecoveryServer.asUser(command, death: "KILL")
    }

    /// Starts `martlet-backup`.
    func launch(_ words: [String], _ more: [String: String] = [:], log: String) async throws -> ClusterProcess {
        try await ClusterProcess.launch(
            "martlet-backup",
            asUser([program] + words),
            environment: RecoveryServer.environment.merging(settings) { $1 }.merging(more) { $1 },
            log: log
        )
    }

    /// Runs `martlet-backup` to its end.
    func run(_ words: String..., with more: [String: String] = [:]) async throws -> Run {
        try await run(words, with: more)
    }

    /// Runs `martlet-backup` to its end.
    func run(_ words: [String], with more: [String: String] = [:]) async throws -> Run {
        let log = "\(path)/run-\(UInt32.random(in: 0 ... .max)).log"
        let end = try await launch(words, more, log: log).waitForEnd(within: .seconds(120))
        return Run(end: end, text: Self.text(of: log))
    }

    /// Runs a program of PostgreSQL that must succeed.
    func succeed(_ command: [String]) async throws -> String {
        let log = "\(path)/command-\(UInt32.random(in: 0 ... .max)).log"
        let end = try await ClusterProcess.run(
            command.first ?? "",
            asUser(command),
            environment: RecoveryServer.environment,
            log: log,
            within: .seconds(120)
        )
        let text = Self.text(of: log)
        guard end == .code(0) else { throw ClusterFailure("\(command) failed (\(end)): \(text)") }
        return text
    }

    /// The names of the finished backups.
    func backups() async throws -> [String] {
        let run = try await run("list", "--output", "json")
        guard run.end == .code(0) else { throw ClusterFailure("list failed: \(run.text)") }
        let listed = run.text.split(separator: #""unfinished":"#).first ?? ""
        return listed.split(separator: #""id":""#).dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }

    /// What a file holds.
    static func text(of path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Changes one byte in the middle of a file.
    static func flip(_ path: String) throws {
        guard let file = fopen(path, "r+e") else { throw ClusterFailure("can't open \(path)") }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let middle = ftell(file) / 2
        fseek(file, middle, SEEK_SET)
        let byte = fgetc(file)
        fseek(file, middle, SEEK_SET)
        fputc(byte ^ 1, file)
    }
}
