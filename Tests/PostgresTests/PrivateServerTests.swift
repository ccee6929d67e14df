// SPDX-License-Identifier: Apache-2.0
// Martlet: TLS, passwords, restarts and a frozen server.

import Glibc
import Postgres
import TestSupport
import Testing

@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: PrivateServer.obstacle == nil, "no private server: \(PrivateServer.obstacle ?? "")")
)
struct PrivateServerTests {
    @Test func certificatesAndPasswordsAreChecked() async throws {
        let usesTLS = PostgresStatement("tls", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        let loop = EventLoop(name: "tls-loop")
        defer { loop.shutdown() }
        try await PrivateServer.with { server in
            func connect(_ url: String) async throws -> PostgresConnection {
                var configuration = try PostgresConfiguration(url: url)
                configuration.connectTimeout = patience
                return try await PostgresConnection.connect(configuration, on: loop)
            }
            let trusted = "sslmode=verify-full sslrootcert=\(server.certificate)"
            try await eventually { await failure { await (try connect(server.url(trusted))).close() } == nil }

            let connection = try await connect(server.url(trusted))
            #expect(try await connection.execute(usesTLS).bool(0, 0))
            let bytes = [UInt8](repeating: 7, count: 1_000_000)
            let echo = PostgresStatement("echo", "SELECT $1", parameters: [.bytea])
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var bindings = PostgresBindings()
                        bindings.append(bytes: bytes)
                        return try await connection.execute(echo, bindings).bytes(0, 0) == bytes
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
            await connection.close()

            let stranger = await failure {
                try await connect(server.url("sslmode=verify-full sslrootcert=/etc/ssl/certs/ca-certificates.crt"))
            }
            #expect(stranger?.code == .connectionFailed)
            // The certificate names localhost, not the address.
            let misnamed = await failure {
                try await connect(server.url(trusted).replacing("host=localhost", with: "host=127.0.0.1"))
            }
            #expect(misnamed?.code == .connectionFailed)
            let wrong = await failure { try await connect(server.url(password: "wrong one", trusted)) }
            #expect(wrong?.code == .connectionFailed)
            #expect(wrong?.message.contains("password authentication failed") == true)
            #expect(wrong?.debugDescription.contains("wrong one") == false)
        }
    }

    @Test func aPoolOutlivesRestartsAndAFrozenServer() async throws {
        let loop = EventLoop(name: "fault-loop")
        defer { loop.shutdown() }
        try await PrivateServer.with { server in
            var configuration = try PostgresConfiguration(url: server.url("sslmode=require"))
            configuration.statementTimeout = .seconds(3)
            configuration.silenceMargin = .seconds(2)
            configuration.connectTimeout = .seconds(2)
            var settings = PostgresPoolConfiguration(configuration, connections: 2)
            settings.maxBackoff = .milliseconds(300)
            settings.acquireTimeout = patience
            let pool = PostgresPool(settings, loops: [loop], logger: quietLogger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                func recovers() async throws {
                    try await eventually {
                        await failure { try await pool.ping(deadline: .seconds(1)) } == nil
                    }
                    try await eventually { pool.status.open == 2 }
                }
                try await recovers()

                try await server.stop()
                try await eventually { pool.status.open == 0 }
                try server.start()
                try await recovers()

                let findPID = PostgresStatement("pid", "SELECT pg_backend_pid()")
                var pid: Int32 = 0
                try await eventually {
                    guard let found = try? await pool.execute(findPID).int32(0, 0) else { return false }
                    pid = found
                    return true
                }
                // Freezes one backend: its socket stays open and answers nothing.
                #expect(kill(pid, SIGSTOP) == 0)
                let outcomes = await withTaskGroup(of: PostgresError?.self) { group in
                    for value in Int64(0)..<8 {
                        group.addTask {
                            await failure { try await pool.execute(echoInt8, int8(value), deadline: .seconds(30)) }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1?.code) }
                }
                #expect(outcomes.contains(.outcomeUnknown))
                #expect(outcomes.contains(nil))
                kill(pid, SIGCONT)
                try await recovers()
                group.cancelAll()
            }
        }
    }
}
