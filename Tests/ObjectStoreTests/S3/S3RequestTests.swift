// SPDX-License-Identifier: Apache-2.0
// Martlet: what is sent to a bucket, and what is made of its answers, by a server that a test writes.
import Platform
import Resilience
import Synchronization
import Testing

@testable import ObjectStore

@Suite("Requests to a bucket, and its answers")
struct S3RequestTests {
    @Test("Encryption, lock, storage class and checksum go with every write")
    func headers() async throws {
        try await StubServer.with { request in
            if request.target.hasSuffix("?uploads=") {
                return .init(body: "<R><UploadId>u&amp;1</UploadId></R>")
            }
            if request.method == "POST" { return .init(body: "<CompleteMultipartUploadResult/>") }
            return .init(headers: ["etag": "\"e\""])
        } _: { stub in
            let store = try store(stub) { settings in
                settings.encryption = .kms(key: "key-1")
                settings.storageClass = "STANDARD_IA"
                settings.lock = .init(mode: .governance, retention: .seconds(86_400))
            }
            try await store.put([1, 2, 3], at: try key("a/b=c"), when: .absent)
            _ = try await store.uploadBytes(testBytes(6 << 20), to: try key("large"), piece: 1 << 20)
            let requests = stub.all
            let begin = try #require(requests.first { $0.target.hasSuffix("?uploads=") })
            for request in [requests[0], begin] {
                #expect(request.headers["x-amz-server-side-encryption"] == "aws:kms")
                #expect(request.headers["x-amz-server-side-encryption-aws-kms-key-id"] == "key-1")
                #expect(request.headers["x-amz-storage-class"] == "STANDARD_IA")
                #expect(request.headers["x-amz-object-lock-mode"] == "GOVERNANCE")
                #expect(request.headers["x-amz-object-lock-retain-until-date"] == "2026-01-03T03:04:05Z")
                #expect(request.headers["x-amz-meta-martlet-write"]?.isEmpty == false)
            }
            #expect(requests[0].target == "/bucket/prefix/a/b%3Dc" && requests[0].headers["if-none-match"] == "*")
            #expect(requests[0].headers["x-amz-checksum-sha256"] == PayloadDigest(of: [1, 2, 3]).base64)
            #expect(begin.headers["x-amz-checksum-algorithm"] == "SHA256" && begin.headers["if-none-match"] == nil)
            let parts = requests.filter { $0.target.contains("partNumber") }
            #expect(parts.map(\.body.count).sorted() == [1 << 20, 5 << 20])
            #expect(parts.allSatisfy { $0.target.contains("uploadId=u%261") })
            for part in parts { #expect(part.headers["x-amz-checksum-sha256"] == PayloadDigest(of: part.body).base64) }
            let end = try #require(requests.last)
            #expect(end.headers["if-none-match"] == "*" && end.target.contains("uploadId=u%261"))
            let document = try XMLReader.parse(end.body)
            #expect(document.all("Part").map { $0["PartNumber"] } == ["1", "2"])
            #expect(document.all("Part").allSatisfy { $0["ETag"] == "\"e\"" && $0["ChecksumSHA256"] != nil })
        }
    }

    @Test("A completed upload that answers 200 with an error is tried again, or fails")
    func errorIn200() async throws {
        for lasting in [false, true] {
            let counter = Counter()
            try await StubServer.with { request in
                if request.target.hasSuffix("?uploads=") { return .init(body: "<R><UploadId>1</UploadId></R>") }
                if request.method == "POST" {
                    return counter.next() == 1 || lasting
                        ? .init(body: "<Error><Code>InternalError</Code><Message>try again</Message></Error>")
                        : .init(body: "<CompleteMultipartUploadResult/>")
                }
                return .init(headers: ["etag": "\"e\""])
            } _: { stub in
                let store = try store(stub)
                let upload = try await store.upload(to: try key("a"), when: .absent)
                for _ in 0..<6 { try await upload.write(testBytes(1 << 20)) }
                let trouble = await failure { () throws(ObjectStoreError) in _ = try await upload.finish() }
                #expect(trouble?.code == (lasting ? .unavailable : nil))
                #expect(counter.value == (lasting ? 4 : 2))
                await upload.abandon()
                #expect(stub.all.last?.method == (lasting ? "DELETE" : "POST"))
            }
        }
    }

    @Test("A checksum of the store that isn't ours is damage, after new attempts")
    func checksum() async throws {
        try await StubServer.with { _ in
            .init(headers: ["x-amz-checksum-sha256": "AAAA"])
        } _: { stub in
            let name = try key("a")
            let store = try store(stub)
            let trouble = await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: name, when: .always)
            }
            #expect(trouble?.code == .damaged && stub.all.count == 4, "\(String(describing: trouble))")
        }
    }

    @Test(
        "Answers and what is made of them",
        arguments: [
            (403, "AccessDenied", ObjectStoreError.Code.denied, 1), (404, "NoSuchKey", .notFound, 1),
            (404, "NoSuchBucket", .configuration, 1), (503, "SlowDown", .unavailable, 4), (500, "", .unavailable, 4),
            (429, "", .unavailable, 4), (400, "RequestTimeout", .unavailable, 4),
            (412, "PreconditionFailed", .exists, 1),
            (409, "ConditionalRequestConflict", .unavailable, 4), (507, "", .full, 1), (400, "BadDigest", .damaged, 4),
            (400, "EntityTooLarge", .configuration, 1), (403, "ExpiredToken", .denied, 4),
            (403, "QuotaExceeded", .full, 1),
        ] as [(Int, String, ObjectStoreError.Code, Int)]
    )
    func answers(_ status: Int, _ name: String, _ code: ObjectStoreError.Code, _ attempts: Int) async throws {
        let body = name.isEmpty ? "" : "<Error><Code>\(name)</Code><Message>words &lt;here&gt;\u{7}</Message></Error>"
        try await StubServer.with { _ in
            .init(status: status, body: body)
        } _: { stub in
            let object = try key("a")
            let store = try store(stub)
            let trouble = await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: object, when: .always)
            }
            #expect(trouble?.code == code && trouble?.key == object, "\(String(describing: trouble))")
            let said = name.isEmpty ? "HTTP \(status)" : "\(name): words <here> "
            let text = code == .exists ? "an object of this name exists" : said
            #expect(trouble?.message.hasPrefix(text) == true, "\(String(describing: trouble))")
            #expect(stub.all.count == attempts)
        }
    }

    @Test("Objects that can't be removed are named, others are tried again")
    func removal() async throws {
        let counter = Counter()
        try await StubServer.with { _ in
            counter.next() == 1
                ? .init(
                    body: """
                        <DeleteResult><Error><Key>prefix/b</Key><Code>InternalError</Code><Message>m</Message></Error>\
                        <Error><Key>prefix/none</Key><Code>NoSuchKey</Code></Error></DeleteResult>
                        """
                )
                : .init(
                    body: """
                        <DeleteResult><Error><Key>prefix/b</Key><Code>AccessDenied</Code><Message>locked</Message></Error>\
                        </DeleteResult>
                        """
                )
        } _: { stub in
            let store = try store(stub)
            let names = [try key("a"), try key("b"), try key("none")]
            let trouble = await failure { () throws(ObjectStoreError) in try await store.remove(names) }
            #expect(trouble?.code == .denied && trouble?.key == names[1])
            #expect(trouble?.message.contains("AccessDenied: locked") == true)
            let second = try XMLReader.parse(try #require(stub.all.last).body)
            #expect(second.all("Object").map { $0["Key"] } == ["prefix/b"])
            #expect(stub.all.allSatisfy { $0.headers["content-md5"] != nil })
        }
    }

    @Test("A store that ignores conditions does not pass its check")
    func conditions() async throws {
        let names = Mutex<[String: [UInt8]]>([:])
        try await StubServer.with { request in
            let name = String(request.target.prefix { $0 != "?" })
            switch request.method {
            case "PUT":
                names.withLock { $0[name] = request.body }
                return .init()
            case "POST": return .init(body: "<DeleteResult/>")
            case _ where name == "/bucket/":
                let list = names.withLock { $0.keys.map { self.object(String($0.dropFirst("/bucket/prefix/".count))) } }
                return .init(body: "<ListBucketResult>\(list.joined())</ListBucketResult>")
            default:
                guard let body = names.withLock({ $0[name] }) else { return .init(status: 404) }
                return .init(
                    headers: request.method == "HEAD" ? ["content-length": "\(body.count)"] : [:],
                    body: String(decoding: body, as: UTF8.self)
                )
            }
        } _: { stub in
            let store = try store(stub)
            let trouble = await failure { () throws(ObjectStoreError) in try await store.check() }
            #expect(trouble?.code == .configuration, "\(String(describing: trouble))")
            #expect(trouble?.message.contains("ignores conditions") == true)
        }
    }

    @Test("A bucket of another region says which")
    func region() async throws {
        try await StubServer.with { _ in
            .init(status: 301, headers: ["x-amz-bucket-region": "eu-west-3"])
        } _: { stub in
            let store = try store(stub)
            let name = try key("a")
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await store.info(name) }
            #expect(trouble?.code == .configuration && trouble?.message.contains("region eu-west-3") == true)
        }
    }

    @Test("Foreign names in a listing are skipped, page after page")
    func foreign() async throws {
        let pages = [
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t/1=</NextContinuationToken>\(object("a%20b"))",
            "<IsTruncated>true</IsTruncated><NextContinuationToken>t2</NextContinuationToken>\(object("dir/"))\(object("x"))",
            "<IsTruncated>false</IsTruncated>\(object("y"))",
        ]
        let counter = Counter()
        try await StubServer.with { _ in
            .init(body: "<ListBucketResult>\(pages[min(counter.next(), 3) - 1])</ListBucketResult>")
        } _: { stub in
            let page = try await store(stub).list(prefix: "", after: try key("0"), limit: 10)
            #expect(page.objects.map(\.key.description) == ["x", "y"] && !page.hasMore)
            #expect(page.objects.map(\.size) == [5, 5])
            let targets = stub.all.map(\.target)
            #expect(targets[0].contains("start-after=prefix%2F0") && targets[0].contains("prefix=prefix%2F"))
            #expect(targets[1].contains("continuation-token=t%2F1%3D") && !targets[1].contains("start-after"))
        }
    }

    private func object(_ name: String) -> String {
        "<Contents><Key>prefix/\(name)</Key><Size>5</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
    }

    private func store(_ stub: StubServer, change: (inout S3Settings) -> Void = { _ in }) throws -> S3Store {
        var settings = S3Settings(bucket: "bucket", prefix: "prefix", region: "us-east-1", endpoint: stub.endpoint)
        settings.partSize = 5 << 20
        change(&settings)
        let time = try Timestamp(parsing: "2026-01-02T03:04:05Z")
        return S3Store(
            try S3Client(
                settings,
                credentials: StaticCredentials(S3Example.credentials),
                retry: .quick(4),
                now: { time }
            )
        )
    }
}
