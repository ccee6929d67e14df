// SPDX-License-Identifier: Apache-2.0
// Martlet: what S3 has and SeaweedFS lacks: object lock, versions, checksums that are kept.
import NIOHTTP1
import Platform
import TestSupport
import Testing

@testable import ObjectStore

@Suite("A bucket with lock, versions and checksums", .enabled(if: ClusterMoto.program != nil, "\(ClusterMoto.reason)"))
struct S3MotoTests {
    @Test("Written objects have lock, encryption and storage class")
    func attributes() async throws {
        let store = try await ClusterMoto.lockedStore { settings in
            settings.lock = .init(mode: .governance, retention: .seconds(86_400))
            settings.encryption = .kms(key: "a-key")
            settings.storageClass = "STANDARD_IA"
        }
        let (small, large) = (try key("small"), try key("large"))
        try await store.put([1, 2, 3], at: small, when: .absent)
        _ = try await store.uploadBytes(testBytes(6 << 20), to: large, piece: 1 << 20)
        for name in [small, large] {
            let reply = try await store.send(S3Call(.HEAD, name))
            // Moto locks nothing that comes by parts; that the headers are sent then, too, the tests of requests show.
            #expect(reply.header("x-amz-object-lock-mode") == (name == small ? "GOVERNANCE" : nil), "\(name)")
            #expect(reply.header("x-amz-server-side-encryption") == "aws:kms", "\(name)")
            #expect(reply.header("x-amz-storage-class") == "STANDARD_IA", "\(name)")
        }
        await store.close()
    }

    @Test("In a versioned bucket, a removed name is free and not listed")
    func versions() async throws {
        let store = try await ClusterMoto.lockedStore()
        let name = try key("a")
        try await store.put([1], at: name, when: .absent)
        try await store.put([2], at: name, when: .always)
        #expect(try await store.get(name, limit: 1) == [2])
        try await store.remove([name])
        #expect(try await store.info(name) == nil)
        #expect(try await store.names() == [])
        await store.close()
    }

    @Test("The checksum that the store keeps is verified on reading")
    func checksums() async throws {
        let store = try await ClusterMoto.lockedStore()
        let (small, large) = (try key("small"), try key("large"))
        let bytes = testBytes(12 << 20)
        try await store.put([1, 2, 3], at: small, when: .absent)
        _ = try await store.uploadBytes(bytes, to: large, piece: 1 << 20)
        var call = S3Call(.HEAD, small)
        call.headers = [("x-amz-checksum-mode", "ENABLED")]
        #expect(try await store.send(call).header("x-amz-checksum-sha256") == PayloadDigest(of: [1, 2, 3]).base64)
        #expect(try await store.get(small, limit: 3) == [1, 2, 3])
        #expect(try await store.downloadBytes(small) == [1, 2, 3])
        #expect(try await store.downloadBytes(large) == bytes)
        await store.close()
    }

    @Test("A bucket's rules and versions are read as they were set; one without any has none")
    func lifecycle() async throws {
        let store = try await ClusterMoto.lockedStore()
        #expect(try await store.lifecycle() == BucketLifecycle(rules: [], keepsVersions: true))
        var call = S3Call(.PUT)
        call.query = [("lifecycle", "")]
        call.setBody(Self.rules)
        _ = try await store.send(call)
        let rules = try await store.lifecycle().rules
        try #require(rules.map(\.name) == ["all", "cold", "part", "tagged"])
        #expect(rules.map(\.prefix) == ["", "prefix/wal/", "elsewhere/", ""])
        #expect(rules.map(\.isForTags) == [false, false, false, true])
        #expect(rules.map(\.endsOldVersions) == [true, false, false, false])
        #expect(rules.map { $0.changes.map(\.time) } == [[], ["after 90 days"], ["after 7 days"], ["after 1 days"]])
        #expect(rules[1].changes.map(\.storageClass) == ["GLACIER"] && rules[2].changes.map(\.storageClass) == [nil])
        #expect(rules.allSatisfy { $0.isUnderstood && !$0.isForSizes })
        await store.close()
    }

    private static let rules = """
        <LifecycleConfiguration>
        <Rule><ID>all</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter>
        <NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>
        <Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>
        <Rule><ID>cold</ID><Status>Enabled</Status><Filter><Prefix>prefix/wal/</Prefix></Filter>
        <Transition><Days>90</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>
        <Rule><ID>part</ID><Status>Enabled</Status><Filter><Prefix>elsewhere/</Prefix></Filter>
        <Expiration><Days>7</Days></Expiration></Rule>
        <Rule><ID>off</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule>
        <Rule><ID>tagged</ID><Status>Enabled</Status>
        <Filter><And><Prefix></Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>
        <Expiration><Days>1</Days></Expiration></Rule>
        </LifecycleConfiguration>
        """
}
