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

    static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]
    /// The folder of `initdb` and `postgres`, of version 15 or later; empty when there is none.
    static let postgres =
        (15...20).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        .first { access("\($0)/initdb", X_OK) == 0 } ?? ""
    /// Whom PostgreSQL runs as when we are root.
    private static let user = geteuid() == 0 ? getpwnam("postgres").map { ($0.pointee.pw_uid, $0.pointee.pw_gid) } : nil

    /// Why these tests can't run here, or nil.
    static var obstacle: String? {
        if postgres.isEmpty { return "the server of PostgreSQL 15 or later is not installed" }
        if access(builtProgram, X_OK) != 0 { return "\(builtProgram) is not built" }
        if geteuid() == 0, user == nil { return "there is no user to run PostgreSQL as" }
        return nil
    }

    private static var builtProgram: String {
        if let folder = getenv("MARTLET_TEST_BIN") { return "\(String(cString: folder))/martlet-backup" }
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return "\(folder)/martlet-backup"
    }

    let path: String
    let program: String
    /// Settings of every run.
    let settings: [String: String]

    /// - Parameter stores: The folders of the stores, in the order in which they are named.
    init(stores: [String] = ["store"]) throws {
        var template = Array("/tmp/martlet-backup-\(getpid())-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ClusterFailure("can't make a folder in /tmp")
        }
        path = String(cString: made)
        chmod(path, 0o755)
        program = Self.builtProgram
        let folders = stores.map { [path] in "\(path)/\($0)" }
        for folder in folders { mkdir(folder, 0o700) }
        settings = [
            "MARTLET_BACKUP_STORES": folders.map { "file://\($0)" }.joined(separator: ","),
            "MARTLET_BACKUP_KEYS_FILE": "\(path)/keys",
            "MARTLET_BACKUP_LEDGER_COPY": "false", "MARTLET_BACKUP_COMPRESSION": "lz4",
        ]
        if let (user, group) = Self.user {
            chown(path, user, group)
            for folder in folders { chown(folder, user, group) }
        }
        try write("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", to: "\(path)/keys")
    }

    deinit { _ = try? TestRedis.run("/bin/rm", ["-rf", path]) }

    /// Lends a scene with a running server.
    static func with(
        stores: [String] = ["store"],
        _ body: (BackupScene, ScratchServer) async throws -> Void
    ) async throws {
        let scene = try BackupScene(stores: stores)
        let server = try await ScratchServer.make(scene)
        do {
            try await server.start()
            try await body(scene, server)
            await server.kill()
        } catch {
            await server.kill()
            throw error
        }
    }

    /// Writes a file that the server's user owns.
    func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw ClusterFailure("can't write \(path)") }
        fputs(text, file)
        fclose(file)
        if let (user, group) = Self.user { chown(path, user, group) }
    }

    /// A command as the server's user, that dies with the tests.
    func asUser(_ command: [String]) -> [String] {
        var words = ["/usr/bin/env", "--chdir=/"]
        if let (user, group) = Self.user {
            words += ["/usr/bin/setpriv", "--reuid", "\(user)", "--regid", "\(group)", "--clear-groups"]
        }
        return words + ["/usr/bin/setpriv", "--pdeathsig", "KILL"] + command
    }

    /// Starts `martlet-backup`.
    func launch(_ words: [String], _ more: [String: String] = [:], log: String) async throws -> ClusterProcess {
        try await ClusterProcess.launch(
            "martlet-backup",
            asUser([program] + words),
            environment: Self.environment.merging(settings) { $1 }.merging(more) { $1 },
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
            environment: Self.environment,
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
