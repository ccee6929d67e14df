// SPDX-License-Identifier: Apache-2.0
// Martlet: a PostgreSQL server of a test's own, with TLS and passwords, that may be stopped and restarted.

import Foundation
import Glibc
import Synchronization
import TestSupport

/// Runs a server in a temporary directory on a free port; needs PostgreSQL's programs, `setpriv` and `openssl`.
final class PrivateServer: Sendable {
    private static let programs = "/usr/lib/postgresql/15/bin"
    static let password = "correct horse"

    /// Why it cannot be used here, or nil.
    static let obstacle: String? = {
        let tools = ["\(programs)/initdb", "\(programs)/postgres", "/usr/bin/setpriv", "/usr/bin/openssl"]
        for tool in tools where access(tool, X_OK) != 0 { return "\(tool) is missing" }
        if geteuid() != 0 { return "only root can run a server as another user" }
        return getpwnam("postgres") == nil ? "there is no user postgres" : nil
    }()

    let directory: String
    let port: Int
    private let processID = Mutex<Int32>(0)

    var certificate: String { "\(directory)/server.crt" }

    func url(user: String = "postgres", password: String = PrivateServer.password, _ options: String) -> String {
        "host=localhost port=\(port) user=\(user) password='\(password)' dbname=postgres \(options)"
    }

    init() throws {
        let name = "martlet-pg-\(UInt32.random(in: 0 ... .max))"
        directory = NSTemporaryDirectory() + "/" + name
        port = try ClusterPort.free()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Self.password.write(toFile: "\(directory)/password", atomically: true, encoding: .utf8)
        try Self.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(directory)/server.key", "-out", certificate,
            ]
        )
        chmod("\(directory)/server.key", 0o600)
        try Self.run("/usr/bin/chown", ["-R", "postgres", directory])
        try Self.run(
            "/usr/bin/setpriv",
            Self.asPostgres + [
                "\(Self.programs)/initdb", "-D", "\(directory)/data", "-U", "postgres", "-A", "scram-sha-256",
                "--pwfile", "\(directory)/password", "--no-sync",
            ]
        )
        try start()
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments =
            Self.asPostgres + [
                "\(Self.programs)/postgres", "-D", "\(directory)/data", "-p", "\(port)", "-k", directory,
                "-c", "listen_addresses=localhost", "-c", "ssl=on", "-c", "ssl_cert_file=\(certificate)",
                "-c", "ssl_key_file=\(directory)/server.key", "-c", "fsync=off", "-c", "shared_buffers=16MB",
            ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        try process.run()
        processID.withLock { $0 = process.processIdentifier }
    }

    /// Sends `signal` to the server's first process, which is `setpriv`'s successor.
    func signal(_ signal: Int32) { _ = kill(processID.withLock { $0 }, signal) }

    /// Ends the server without ceremony and waits for it.
    func stop() async throws {
        signal(SIGQUIT)
        try await eventually { kill(processID.withLock { $0 }, 0) != 0 }
    }

    func remove() async throws {
        try await stop()
        try FileManager.default.removeItem(atPath: directory)
    }

    static func with<Value>(_ body: (PrivateServer) async throws -> Value) async throws -> Value {
        let server = try await ClusterThread.run { try PrivateServer() }
        do {
            let value = try await body(server)
            try await server.remove()
            return value
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private static let asPostgres = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]

    private static func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ClusterFailure("\(program) failed") }
    }
}
