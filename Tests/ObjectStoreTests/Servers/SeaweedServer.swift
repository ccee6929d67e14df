// SPDX-License-Identifier: Apache-2.0
// Martlet: one SeaweedFS for all tests of a run.
import Glibc
import NIOHTTP1
import Platform
import Resilience
import TestSupport

@testable import ObjectStore

/// A running SeaweedFS, which checks signatures.
final class SeaweedServer: Sendable {
    static let credentials = AWSCredentials(
        accessKeyID: "AKIDMARTLETTESTS",
        secretAccessKey: Secret("a-secret-of-the-tests")
    )
    /// The bucket that is made at the start.
    static let bucket = "martlet-tests"
    /// The running server, started by the first who asks.
    static let shared = Task { try await SeaweedServer() }

    let endpoint: String
    let port: Int
    /// Where it speaks TLS as `localhost`; nil without openssl.
    let secureEndpoint: String?
    /// The certificate, which is its own authority.
    var certificate: String { folder.path + "/certificate.pem" }
    private let folder: TestFolder
    private let process: ClusterProcess

    private init() async throws {
        guard let weed = TestTool.seaweed else { throw ClusterFailure(TestTool.noSeaweed) }
        folder = try TestFolder()
        let ports = try (0..<5).map { _ in try Self.freePort() }
        port = ports[0]
        endpoint = "http://127.0.0.1:\(port)"
        let key = Self.credentials
        try folder.write(
            "s3.json",
            """
            {"identities":[{"name":"tests","credentials":[{"accessKey":"\(key.accessKeyID)",\
            "secretKey":"\(key.secretAccessKey.reveal())"}],"actions":["Admin","Read","List","Tagging","Write"]}]}
            """
        )
        mkdir(folder.path + "/data", 0o755)
        let secure = try Self.makeCertificate(in: folder)
        secureEndpoint = secure.isEmpty ? nil : "https://localhost:\(ports[4])"
        process = try await TestTool.launch(
            weed,
            [
                "server", "-dir=\(folder.path)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3",
                "-s3.port=\(ports[0])", "-master.port=\(ports[1])", "-volume.port=\(ports[2])",
                "-filer.port=\(ports[3])", "-s3.config=\(folder.path)/s3.json", "-master.volumeSizeLimitMB=64",
                "-volume.max=50", "-metricsPort=0",
                // Ports that it would open besides, the same in every run.
                "-s3.port.iceberg=0", "-s3.port.lance=0",
            ] + (secure.isEmpty ? [] : secure + ["-s3.port.https=\(ports[4])"]),
            in: folder
        )
        // The bucket can be made once volumes can be had, which is some time after the port is open.
        let client = try S3Client(settings(), credentials: StaticCredentials(key), retry: .once)
        let (process, folder) = (process, folder)
        try await eventually("SeaweedFS makes a bucket") {
            guard process.end == nil else {
                throw ClusterFailure("SeaweedFS ended: \(folder.text("log").suffix(2000))")
            }
            do throws(AWSFailure) { _ = try await client.send(S3Call(.PUT)) } catch {
                if error.name != "BucketAlreadyExists", error.name != "BucketAlreadyOwnedByYou" { return false }
            }
            var call = S3Call(.PUT, ObjectKey("probe"))
            call.setBody("x")
            do throws(AWSFailure) { _ = try await client.send(call) } catch { return false }
            return true
        }
        await client.close()
    }

    /// The options for TLS with a new certificate for `localhost`; none without openssl.
    private static func makeCertificate(in folder: TestFolder) throws -> [String] {
        guard let openssl = TestRedis.find("openssl") else { return [] }
        let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
        let status = try TestRedis.run(
            openssl,
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
            ]
        )
        return status == 0 ? ["-s3.key.file=\(key)", "-s3.cert.file=\(certificate)"] : []
    }

    /// A port whose sister for gRPC, 10,000 above, is below the range that the kernel gives to outgoing connections.
    private static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = try ClusterPort.free()
            if port < 22_700 { return port }
        }
        throw ClusterFailure("there is no free port")
    }

    /// Settings of the bucket, by the server or by a relay before it.
    func settings(prefix: String = "", endpoint: String? = nil) -> S3Settings {
        var settings = S3Settings(
            bucket: Self.bucket,
            prefix: prefix,
            region: "us-east-1",
            endpoint: endpoint ?? self.endpoint
        )
        settings.partSize = 5 << 20
        return settings
    }

    /// A store with a prefix that nobody else has.
    func store(endpoint: String? = nil, change: (inout S3Settings) -> Void = { _ in }) throws -> S3Store {
        var settings = settings(prefix: "test-\(UInt64.random(in: 0 ... .max))", endpoint: endpoint)
        change(&settings)
        return try S3Store(settings, credentials: StaticCredentials(Self.credentials))
    }
}
