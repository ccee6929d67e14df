// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of KMS as what wraps keys: against moto, and against answers that a test writes.

import FoundationEssentials
import ObjectStore
import Platform
import TestSupport
import Testing

@testable import Recovery

@Suite("Keys of AWS KMS")
struct KMSKeyServiceTests {
    private static let credentials = StaticCredentials(
        AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Secret("test"))
    )

    private static func client(_ endpoint: String) throws -> AWSClient {
        try AWSClient(region: "us-east-1", credentials: credentials, endpoint: endpoint)
    }

    /// The ARN of a new key.
    static func makeKey(_ endpoint: String) async throws -> String {
        struct Key: Decodable {
            struct Metadata: Decodable { let Arn: String }
            let KeyMetadata: Metadata
        }
        let client = try client(endpoint)
        let made = try await client.call(service: "kms", target: "TrentService.CreateKey", body: Array("{}".utf8))
        await client.close()
        return try JSONDecoder().decode(Key.self, from: Data(made)).KeyMetadata.Arn
    }

    private func with<Value>(
        _ keys: [String],
        at endpoint: String,
        _ body: (KMSKeyService) async throws -> Value
    ) async throws -> Value {
        let service = try KMSKeyService(keys, client: try Self.client(endpoint))
        do {
            let value = try await body(service)
            await service.close()
            return value
        } catch {
            await service.close()
            throw error
        }
    }

    private func failure(_ body: () async throws -> [UInt8]) async -> RecoveryError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? RecoveryError
        }
    }

    @Test(.enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"))
    func whatOneKeyClosesOnlyItOpensForTheSameOwner() async throws {
        let endpoint = try await ClusterMoto.shared.value.endpoint
        let (old, new) = (try await Self.makeKey(endpoint), try await Self.makeKey(endpoint))
        let plain = [UInt8](0..<32)
        let sealed = try await with([old], at: endpoint) { try await $0.encrypt(plain, context: ["a": "1"]) }
        #expect(sealed != plain)
        #expect(try await with([old], at: endpoint) { try await $0.decrypt(sealed, context: ["a": "1"]) } == plain)
        // A key that is being retired still opens.
        #expect(
            try await with([new, old], at: endpoint) { try await $0.decrypt(sealed, context: ["a": "1"]) } == plain
        )
        let other = await failure {
            try await with([old], at: endpoint) { try await $0.decrypt(sealed, context: ["a": "2"]) }
        }
        #expect(other?.code == .damaged, "\(String(describing: other))")
        let wrong = await failure {
            try await with([new], at: endpoint) { try await $0.decrypt(sealed, context: ["a": "1"]) }
        }
        #expect(wrong?.code == .wrongKey && wrong?.message.contains(new) == true, "\(String(describing: wrong))")
        let absent = "11111111-2222-3333-4444-555555555555"
        let unknown = await failure {
            try await with([absent], at: endpoint) { try await $0.encrypt(plain, context: [:]) }
        }
        #expect(unknown?.code == .wrongKey, "\(String(describing: unknown))")
        #expect(unknown?.message.hasPrefix("KMS has no key \(absent)") == true)
    }

    @Test(.enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"))
    func aBackupAndTheLogNeedNothingButTheStoreAndTheService() async throws {
        let endpoint = try await ClusterMoto.shared.value.endpoint
        let key = try await Self.makeKey(endpoint)
        let (fixture, store, system) = (try VaultFixture(seed: 77), MemoryStore(), VaultFixture.system)
        let name = try #require(ObjectKey("\(system)/wal/00000001/000000010000000000000003"))
        let (entry, sealed) = try await with([key], at: endpoint) { service in
            let ring = try KeyRing([], service: service)
            let entry = try await fixture.write(to: store)
            try await KeyRotation.rewrap(
                fixture.id,
                of: system,
                in: store,
                keys: try KeyRing(fixture.keys.keys, service: service)
            )
            let unlocked = try await ring.unlocked(in: store, of: system)
            return (entry, try SealedObject.seal([1, 2, 3], name: name, keys: unlocked, options: VaultOptions()))
        }
        // Another process, later.
        try await with([key], at: endpoint) { service in
            let ring = try KeyRing([], service: service)
            let reader = try await BackupReader.open(entry, in: store, keys: ring, pace: BytePace())
            for (name, bytes) in fixture.archives { #expect(try await VaultFixture.read(name, of: reader) == bytes) }
            let unlocked = try await ring.unlocked(in: store, of: system)
            #expect(try SealedObject.open(sealed, name: name, keys: unlocked) == [1, 2, 3])
        }
        let other = try await Self.makeKey(endpoint)
        try await with([other], at: endpoint) { service in
            let ring = try KeyRing([], service: service)
            let error = await #expect(throws: RecoveryError.self) { try await ring.unlocked(in: store, of: system) }
            #expect(error?.code == .wrongKey, "\(String(describing: error))")
        }
    }

    @Test("Several first processes take one key of the store", .enabled(if: ClusterMoto.program != nil))
    func race() async throws {
        let endpoint = try await ClusterMoto.shared.value.endpoint
        let (key, store) = (try await Self.makeKey(endpoint), MemoryStore())
        try await with([key], at: endpoint) { service in
            let ring = try KeyRing([], service: service)
            let rings = try await withThrowingTaskGroup(of: KeyRing.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await ring.unlocked(in: store, of: VaultFixture.system) }
                }
                return try await group.reduce(into: [KeyRing]()) { $0.append($1) }
            }
            #expect(Set(rings.map { $0.keys.map(\.fingerprint) }).count == 1)
            #expect(store.objects.count == 1)
        }
    }

    @Test(
        "What AWS says when it refuses",
        arguments: [
            ("DisabledException", RecoveryError.Code.wrongKey, "KMS refuses the key alias/x: DisabledException: words"),
            ("AccessDeniedException", .wrongKey, "KMS refuses the key alias/x: AccessDeniedException: words"),
            ("KMSInvalidStateException", .wrongKey, "KMS refuses the key alias/x: KMSInvalidStateException: words"),
            (
                "IncorrectKeyException", .wrongKey,
                "it was not encrypted by the key alias/x: IncorrectKeyException: words"
            ),
            ("InvalidCiphertextException", .damaged, "KMS does not open it by the key alias/x, so it is damaged"),
            ("ValidationException", .store, "KMS can't be asked for the key alias/x: ValidationException: words"),
        ]
    )
    func refusals(_ type: String, _ code: RecoveryError.Code, _ words: String) async throws {
        let body = #"{"__type":"com.amazonaws.kms#\#(type)","message":"words"}"#
        let server = try ClusterReceiver(answer: ("400 Bad Request", body))
        defer { server.end() }
        let error = await failure {
            try await with(["alias/x"], at: "http://127.0.0.1:\(server.port)") {
                try await $0.decrypt([1], context: ["martlet-owner": "key x"])
            }
        }
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(error?.message.hasPrefix(words) == true, "\(String(describing: error))")
        let asked = try #require(server.all.first)
        #expect(asked.head.contains("x-amz-target: trentservice.decrypt"))
        #expect(String(decoding: asked.body, as: UTF8.self).contains(#""KeyId":"alias\/x""#))
    }

    @Test func aServiceThatIsAwayIsTheStoresTrouble() async throws {
        let port = try ClusterPort.free()
        let error = await failure {
            try await with(["alias/x"], at: "http://127.0.0.1:\(port)") { try await $0.encrypt([1], context: [:]) }
        }
        #expect(error?.code == .store && error?.message.contains("alias/x") == true, "\(String(describing: error))")
        #expect(throws: RecoveryError.self) {
            try KMSKeyService([], client: try Self.client("http://127.0.0.1:\(port)"))
        }
    }
}
