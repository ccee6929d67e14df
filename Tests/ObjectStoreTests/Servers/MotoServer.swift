// SPDX-License-Identifier: Apache-2.0
// Martlet: one server of moto for all tests of a run.
import NIOHTTP1
import Platform
import TestSupport

@testable import ObjectStore

/// A running moto: STS, KMS, and S3 with object lock, versions and checksums; it checks no signatures.
final class MotoServer: Sendable {
    /// The running server, started by the first who asks.
    static let shared = Task { try await MotoServer() }

    let endpoint: String
    private let folder: TestFolder
    private let process: ClusterProcess

    private init() async throws {
        guard let moto = TestTool.moto else { throw ClusterFailure(TestTool.noMoto) }
        folder = try TestFolder()
        let port = try ClusterPort.free()
        endpoint = "http://127.0.0.1:\(port)"
        process = try await TestTool.launch(moto, ["-H", "127.0.0.1", "-p", "\(port)"], in: folder)
        let (process, folder, url) = (process, folder, endpoint + "/moto-api/data.json")
        let transport = try HTTPTransport(HTTPTiming())
        try await eventually("moto answers") {
            guard process.end == nil else { throw ClusterFailure("moto ended: \(folder.text("log").suffix(2000))") }
            do throws(HTTPTrouble) {
                let reply = try await transport.exchange(
                    .GET,
                    url,
                    headers: [:],
                    within: .seconds(5),
                    limit: 64 << 20
                )
                return reply.isSuccess
            } catch { return false }
        }
        await transport.close()
    }

    /// A store on a new bucket, which has object lock and so versions.
    func lockedStore(_ change: (inout S3Settings) -> Void = { _ in }) async throws -> S3Store {
        let bucket = "locked-\(UInt32.random(in: 0 ... .max))"
        var settings = S3Settings(bucket: bucket, prefix: "prefix", region: "us-east-1", endpoint: endpoint)
        settings.partSize = 5 << 20
        change(&settings)
        let client = try S3Client(settings, credentials: StaticCredentials(SeaweedServer.credentials))
        var call = S3Call(.PUT)
        call.headers = [("x-amz-bucket-object-lock-enabled", "true")]
        do throws(AWSFailure) { _ = try await client.send(call) } catch { throw error.error }
        return S3Store(client)
    }
}
