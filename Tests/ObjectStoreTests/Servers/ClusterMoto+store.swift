// SPDX-License-Identifier: Apache-2.0
// Martlet: buckets of moto, which has what SeaweedFS lacks.
import NIOHTTP1
import TestSupport

@testable import ObjectStore

extension ClusterMoto {
    /// A store on a new bucket, which has object lock and so versions.
    static func lockedStore(_ change: (inout S3Settings) -> Void = { _ in }) async throws -> S3Store {
        let bucket = "locked-\(UInt32.random(in: 0 ... .max))"
        let endpoint = try await shared.value.endpoint
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
