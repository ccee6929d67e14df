// SPDX-License-Identifier: Apache-2.0
// Martlet: calls to KMS, against moto and against answers that a test writes.
import FoundationEssentials
import Platform
import TestSupport
import Testing

@testable import ObjectStore

@Suite("Calls to AWS services")
struct AWSClientTests {
    @Test("KMS: a data key is made and opened again", .enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"))
    func kms() async throws {
        let client = try AWSClient(
            region: "us-east-1",
            credentials: StaticCredentials(SeaweedServer.credentials),
            endpoint: try await ClusterMoto.shared.value.endpoint
        )
        struct Key: Decodable {
            struct Metadata: Decodable { let KeyId: String }
            let KeyMetadata: Metadata
        }
        struct DataKey: Decodable {
            let Plaintext: String
            let CiphertextBlob: String
        }
        struct Opened: Decodable { let Plaintext: String }
        let made = try await client.call(service: "kms", target: "TrentService.CreateKey", body: Array("{}".utf8))
        let id = try JSONDecoder().decode(Key.self, from: Data(made)).KeyMetadata.KeyId
        let answer = try await client.call(
            service: "kms",
            target: "TrentService.GenerateDataKey",
            body: Array(#"{"KeyId":"\#(id)","KeySpec":"AES_256"}"#.utf8)
        )
        let dataKey = try JSONDecoder().decode(DataKey.self, from: Data(answer))
        #expect(Data(base64Encoded: dataKey.Plaintext)?.count == 32)
        let opened = try await client.call(
            service: "kms",
            target: "TrentService.Decrypt",
            body: Array(#"{"CiphertextBlob":"\#(dataKey.CiphertextBlob)"}"#.utf8)
        )
        #expect(try JSONDecoder().decode(Opened.self, from: Data(opened)).Plaintext == dataKey.Plaintext)
        let unknown = await failure { () throws(ObjectStoreError) in
            _ = try await client.call(
                service: "kms",
                target: "TrentService.GenerateDataKey",
                body: Array(#"{"KeyId":"11111111-2222-3333-4444-555555555555","KeySpec":"AES_256"}"#.utf8)
            )
        }
        #expect(unknown?.code == .notFound, "\(String(describing: unknown))")
        #expect(unknown?.message.hasPrefix("NotFoundException: ") == true && unknown?.place == "kms.us-east-1")
        await client.close()
    }

    @Test(
        "Answers of services and what is made of them",
        arguments: [
            (400, "AccessDeniedException", ObjectStoreError.Code.denied, 1),
            (400, "com.amazonaws.kms#InvalidCiphertextException", .damaged, 1),
            (400, "ThrottlingException", .unavailable, 5),
            (500, "", .unavailable, 5), (400, "ValidationException", .configuration, 1),
        ] as [(Int, String, ObjectStoreError.Code, Int)]
    )
    func answers(_ status: Int, _ type: String, _ code: ObjectStoreError.Code, _ attempts: Int) async throws {
        let body = type.isEmpty ? "" : #"{"__type":"\#(type)","message":"words"}"#
        try await StubServer.with { _ in
            .init(status: status, body: body)
        } _: { stub in
            let client = try AWSClient(
                region: "us-east-1",
                credentials: StaticCredentials(SeaweedServer.credentials),
                endpoint: stub.endpoint,
                timing: HTTPTiming(),
                retry: .quick(5),
                now: { .now() }
            )
            let trouble = await failure { () throws(ObjectStoreError) in
                _ = try await client.call(service: "kms", target: "TrentService.Decrypt", body: Array("{}".utf8))
            }
            #expect(trouble?.code == code && stub.all.count == attempts, "\(String(describing: trouble))")
            #expect(stub.all.first?.headers["x-amz-target"] == "TrentService.Decrypt")
            #expect(stub.all.first?.headers["authorization"]?.contains("/us-east-1/kms/aws4_request") == true)
            await client.close()
        }
    }
}
