// SPDX-License-Identifier: Apache-2.0
// Martlet: what only a bucket can meet, against a real server.
import Glibc
import NIOHTTP1
import Platform
import Synchronization
import TestSupport
import Testing

@testable import ObjectStore

@Suite("A store in a bucket", .enabled(if: TestTool.seaweed != nil, "\(TestTool.noSeaweed)"))
struct S3StoreTests {
    @Test(
        "Objects around the size of parts",
        arguments: [5 << 20, 5 << 20 | 1, (5 << 20) - 1, 10 << 20, 10 << 20 | 1, 27 << 20]
    )
    func parts(_ size: Int) async throws {
        let store = try await SeaweedServer.shared.value.store()
        let name = try key("parts/object")
        let bytes = testBytes(size)
        let info = try await store.uploadBytes(bytes, to: name, piece: 1_000_003)
        #expect(info.size == Int64(size))
        #expect(try await store.downloadBytes(name) == bytes)
        let again = await failure { () throws(ObjectStoreError) in
            _ = try await store.uploadBytes(bytes, to: name, piece: 4 << 20)
        }
        #expect(again?.code == .exists, "\(String(describing: again))")
        try await store.remove([name])
        await store.close()
    }

    @Test(
        "200 MiB go up and come down in bounded memory",
        .enabled(if: WriterProcess.path != nil, "StoreWriter is not built (swift build makes it)")
    )
    func memory() async throws {
        let server = try await SeaweedServer.shared.value
        let store = try server.store()
        let said = try TestFolder()
        // A process of its own: what other tests hold meanwhile must not count.
        let writer = try await WriterProcess.launch(
            ["copy", "\(store.place)?endpoint=\(server.endpoint)", "200"],
            in: said
        )
        #expect(try await writer.waitForEnd(within: .seconds(300)) == .code(0))
        let kilobytes = (WriterProcess.lines(in: said).last ?? "").split(separator: " ").compactMap { Int($0) }
        try #require(kilobytes.count == 3, "\(WriterProcess.lines(in: said))")
        print("200 MiB by parts of 8 MiB, 3 at once: \(kilobytes.map { $0 >> 10 }) MiB before, uploaded, downloaded")
        #expect(kilobytes[2] < 110 << 10)
        try await store.remove([try key("copy")])
        await store.close()
    }

    @Test("Uploads by parts that nobody ended are swept when they are old")
    func sweep() async throws {
        let store = try await SeaweedServer.shared.value.store()
        let name = try key("half/written")
        let upload = try await store.upload(to: name, when: .absent)
        try await upload.write(testBytes(6 << 20))
        #expect(try await store.sweep(olderThan: .seconds(3600)) == 0)
        #expect(try await store.sweep(olderThan: .seconds(-60)) == 1)
        #expect(try await store.sweep(olderThan: .seconds(-60)) == 0)
        await upload.abandon()
        #expect(try await store.names() == [])
        await store.close()
    }

    @Test("A bucket without rules and versions says so")
    func lifecycle() async throws {
        let store = try await SeaweedServer.shared.value.store()
        #expect(try await store.lifecycle() == BucketLifecycle(rules: [], keepsVersions: false))
        await store.close()
    }

    @Test("An abandoned upload by parts leaves nothing to sweep")
    func abandoned() async throws {
        let store = try await SeaweedServer.shared.value.store()
        let upload = try await store.upload(to: try key("abandoned"), when: .absent)
        for _ in 0..<12 { try await upload.write(testBytes(1 << 20)) }
        await upload.abandon()
        #expect(try await store.sweep(olderThan: .seconds(-60)) == 0)
        await store.close()
    }

    @Test("An object that is replaced while it is read is damage, not a mixture")
    func replaced() async throws {
        let store = try await SeaweedServer.shared.value.store()
        let name = try key("object")
        _ = try await store.uploadBytes(testBytes(40 << 20, seed: 1), to: name, piece: 1 << 20)
        let download = try await store.download(name, range: nil)
        _ = try await download.next()
        _ = try await store.uploadBytes(testBytes(40 << 20, seed: 2), to: name, piece: 1 << 20, when: .always)
        let trouble = await failure { () throws(ObjectStoreError) in while try await download.next() != nil {} }
        #expect(trouble?.code == .damaged, "\(String(describing: trouble))")
        await store.close()
    }

    @Test("2,100 objects are removed and listed by several requests")
    func many() async throws {
        let store = try await SeaweedServer.shared.value.store()
        let names = try (0..<2100).map { try key("many/\(10_000 + $0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<16 {
                group.addTask {
                    for name in stride(from: worker, to: names.count, by: 16).map({ names[$0] }) {
                        try await store.put([1], at: name, when: .always)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.names("many/") == names.map(\.description))
        try await store.remove(names)
        #expect(try await store.names() == [])
        await store.close()
    }

    @Test("A wrong key is denied, without the key in the message")
    func wrongKey() async throws {
        let settings = try await SeaweedServer.shared.value.settings(prefix: "x")
        let wrong = AWSCredentials(
            accessKeyID: SeaweedServer.credentials.accessKeyID,
            secretAccessKey: Secret("not-the-secret")
        )
        let store = try S3Store(settings, credentials: StaticCredentials(wrong))
        let name = try key("a")
        let trouble = await failure { () throws(ObjectStoreError) in try await store.put([1], at: name, when: .always) }
        #expect(trouble?.code == .denied && trouble?.message.contains("SignatureDoesNotMatch") == true)
        #expect(!"\(String(describing: trouble))".contains("not-the-secret"))
        print("wrong key: \(trouble?.description ?? "none")")
        await store.close()
    }

    @Test("A wrong clock is told as such")
    func skew() async throws {
        let settings = try await SeaweedServer.shared.value.settings(prefix: "x")
        let client = try S3Client(
            settings,
            credentials: StaticCredentials(SeaweedServer.credentials),
            retry: .once,
            now: { Timestamp.now() + .seconds(3600) }
        )
        let store = S3Store(client)
        let name = try key("a")
        let trouble = await failure { () throws(ObjectStoreError) in try await store.put([1], at: name, when: .always) }
        #expect(trouble?.message.contains("clock is 3") == true, "\(String(describing: trouble))")
        #expect(trouble?.message.contains("s ahead of the store's") == true)
        await store.close()
    }

    @Test("A bucket that doesn't exist is a mistake of the settings")
    func noBucket() async throws {
        var settings = try await SeaweedServer.shared.value.settings(prefix: "x")
        settings.bucket = "no-such-bucket"
        let store = try S3Store(settings, credentials: StaticCredentials(SeaweedServer.credentials))
        let trouble = await failure { () throws(ObjectStoreError) in
            _ = try await store.list(prefix: "", after: nil, limit: 1)
        }
        #expect(trouble?.code == .configuration && trouble?.message.contains("NoSuchBucket") == true)
        await store.close()
    }

    @Test("TLS: our own authority is trusted where it is named, and nowhere else")
    func tls() async throws {
        let server = try await SeaweedServer.shared.value
        guard let endpoint = server.secureEndpoint else { return }
        let trusting = try server.store(endpoint: endpoint) { $0.caFile = server.certificate }
        let (name, bytes) = (try key("object"), testBytes(12 << 20))
        _ = try await trusting.uploadBytes(bytes, to: name, piece: 1 << 20)
        #expect(try await trusting.downloadBytes(name) == bytes)
        await trusting.close()
        let distrusting = try server.store(endpoint: endpoint)
        let start = ContinuousClock.now
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await distrusting.info(name) }
        #expect(trouble?.code == .unavailable && trouble?.message.contains("not trusted") == true)
        #expect(ContinuousClock.now - start < .seconds(5), "such a failure is not tried again")
        await distrusting.close()
        let address = endpoint.replacing("localhost", with: "127.0.0.1")
        let other = try server.store(endpoint: address) { $0.caFile = server.certificate }
        let mismatch = await failure { () throws(ObjectStoreError) in _ = try await other.info(name) }
        #expect(mismatch?.code == .unavailable && mismatch?.message.contains("not valid for this host") == true)
        await other.close()
        #expect(throws: ObjectStoreError.self) { try server.store(endpoint: endpoint) { $0.caFile = "/nowhere.pem" } }
    }

    @Test("Content-MD5 in place of the checksum")
    func md5() async throws {
        let store = try await SeaweedServer.shared.value.store { $0.checksum = .md5 }
        let bytes = testBytes(12 << 20)
        _ = try await store.uploadBytes(bytes, to: try key("a"), piece: 1 << 20)
        try await store.put([1, 2, 3], at: try key("b"), when: .absent)
        #expect(try await store.downloadBytes(try key("a")) == bytes)
        #expect(try await store.get(try key("b"), limit: 3) == [1, 2, 3])
        await store.close()
    }
}
