// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of authentication, databases, Unix sockets and TLS.

import NIOCore
import Redis
import TestSupport
import Testing

@Suite(.enabled(if: TestRedis.executable != nil, needsOwnServer)) struct RedisSecurityTests {
    private let users = ["--user", "worker", "on", ">s3cret", "~*", "&*", "+@all", "--user", "default", "off"]

    @Test func userOfTheAccessList() async throws {
        let server = try await TestRedis.spawn(users)
        try await withClient(testConfiguration("redis://worker:s3cret@127.0.0.1:\(server.port)")) { client in
            let value1 = try await client.send(RedisCommand("ACL", "WHOAMI"))
            #expect(value1.string == "worker")
        }
    }

    @Test(arguments: ["worker:wrong@", "nobody:s3cret@"]) func wrongCredentialsAreNamed(credentials: String)
        async throws
    {
        let server = try await TestRedis.spawn(users)
        try await withClient(testConfiguration("redis://\(credentials)127.0.0.1:\(server.port)")) { client in
            let reader = client.makeBlockingReader()
            let error = try await redisError { () throws(RedisError) in try await reader.connect() }
            #expect(error.code == .server && error.serverPrefix == "WRONGPASS")
            #expect(!"\(error)\(String(reflecting: error))".contains("s3cret"))
            try await eventually("the client keeps trying") { client.statistics.failedConnects > 1 }
            #expect(!client.isConnected)
        }
    }

    @Test func missingPasswordIsNamed() async throws {
        let server = try await TestRedis.spawn(["--requirepass", "pw"])
        let client = try RedisClient(configuration: testConfiguration(server.url), logger: quietLogger)
        let error = try await redisError { () throws(RedisError) in try await client.makeBlockingReader().connect() }
        #expect(error.serverPrefix == "NOAUTH")
        try await withClient(testConfiguration("redis://:pw@127.0.0.1:\(server.port)")) { client in
            let value2 = try await client.set("a", "b")
            #expect(value2)
        }
    }

    @Test func userWithoutAdministrationRightsCanConnect() async throws {
        let rights = ["small", "on", ">pw", "~*", "+get", "+set", "+select", "+ping"]
        let server = try await TestRedis.spawn(["--user"] + rights + ["--user", "default", "off"])
        try await withClient(testConfiguration("redis://small:pw@127.0.0.1:\(server.port)")) { client in
            let value3 = try await client.set("a", "b")
            #expect(value3)
            #expect(client.serverRunID == nil)
        }
    }

    @Test func databaseAndNameAreChosen() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration("\(server.url)/5?client_name=tester")) { client in
            try await client.set("a", "b")
            let value4 = try await client.send(RedisCommand("CLIENT", "INFO"))
            #expect(value4.string?.contains("name=tester ") == true)
            let value5 = try await client.send(RedisCommand("CLIENT", "INFO"))
            #expect(value5.string?.contains("db=5 ") == true)
        }
        let client = try RedisClient(configuration: testConfiguration("\(server.url)/99"), logger: quietLogger)
        let error = try await redisError { () throws(RedisError) in try await client.makeBlockingReader().connect() }
        #expect(error.code == .server && error.serverPrefix == "ERR")
    }

    @Test func unixSocket() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration("redis+unix://\(server.socketPath)?db=2")) { client in
            let value6 = try await client.send(RedisCommand("CLIENT", "INFO"))
            #expect(value6.string?.contains("\(server.socketPath):0") == true)
            let value7 = try await client.send(RedisCommand("CLIENT", "INFO"))
            #expect(value7.string?.contains("db=2 ") == true)
        }
    }

    // MARK: TLS

    private static let openssl = TestRedis.find("openssl")
    private let tlsOptions = [
        "--port", "0", "--tls-port", "{port}", "--tls-cert-file", "{dir}/server.crt", "--tls-key-file",
        "{dir}/server.key",
        "--tls-ca-cert-file", "{dir}/server.crt", "--tls-auth-clients", "no",
    ]

    private static func makeCertificate(_ directory: String, _ name: String, subject: String) throws {
        let status = try TestRedis.run(
            try #require(openssl),
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(subject)", "-keyout", "\(directory)/\(name).key",
                "-out", "\(directory)/\(name).crt",
            ]
        )
        try #require(status == 0)
    }

    private func spawnEncrypted(subject: String) async throws -> TestRedis {
        try await TestRedis.spawn(tlsOptions) { directory in
            try Self.makeCertificate(directory, "server", subject: subject)
            try Self.makeCertificate(directory, "other", subject: subject)
        }
    }

    @Test(
        .enabled(if: openssl != nil, "openssl is not installed"),
        arguments: [
            ("IP:127.0.0.1", ""), ("DNS:redis.test", "&tls_server_name=redis.test"),
            ("DNS:redis.test", "&tls_verify=ca"),
        ]
    ) func trustedCertificateIsAccepted(subject: String, options: String) async throws {
        let server = try await spawnEncrypted(subject: subject)
        let url = "rediss://127.0.0.1:\(server.port)?tls_ca_file=\(server.directory)/server.crt\(options)"
        try await withClient(testConfiguration(url)) { client in
            let big = ByteBuffer(repeating: 1, count: 1_000_000)
            try await client.set("big", big)
            let stored = try await client.get("big")
            #expect(stored == big)
        }
    }

    @Test(
        .enabled(if: openssl != nil, "openssl is not installed"),
        arguments: [
            "?tls_ca_file={dir}/other.crt", "", "?tls_ca_file={dir}/server.crt",
            "?tls_ca_file={dir}/server.crt&tls_server_name=redis.example",
        ]
    ) func wrongAuthorityOrNameIsRefused(options: String) async throws {
        let server = try await spawnEncrypted(subject: "DNS:redis.test")
        let parts = options.split(separator: "{dir}", omittingEmptySubsequences: false)
        let url = "rediss://127.0.0.1:\(server.port)" + parts.joined(separator: server.directory)
        let client = try RedisClient(configuration: testConfiguration(url), logger: quietLogger)
        let reader = client.makeBlockingReader()
        let error = await #expect(throws: RedisError.self) { try await reader.connect() }
        #expect(error?.code == .unavailable)
        let reason = error?.cause.map { String(reflecting: $0).lowercased() } ?? ""
        #expect(reason.contains("certificate") || reason.contains("hostname"), "\(reason)")
    }

    @Test func missingTLSFilesAreAConfigurationError() throws {
        let configuration = try RedisConfiguration(url: "rediss://127.0.0.1:1?tls_ca_file=/nonexistent/ca.pem")
        let error = #expect(throws: RedisError.self) {
            try RedisClient(configuration: configuration, logger: quietLogger)
        }
        #expect(error?.code == .configuration)
    }
}
