// SPDX-License-Identifier: Apache-2.0
// Martlet: addresses of stores.
import Testing

@testable import ObjectStore

@Suite("Addresses of stores")
struct StoreAddressTests {
    @Test("A folder's address")
    func folder() async throws {
        let folder = try TestFolder()
        let store = try await StoreAddress(parsing: "file://\(folder.path)/").open()
        #expect(store.place == "file://\(folder.path)")
        let made = try StoreAddress(parsing: "file://\(folder.path)/new%20one?make=yes")
        #expect(made.target == .folder(path: folder.path + "/new one", making: true))
        #expect(try await made.open().names() == [])
    }

    @Test("A bucket's address with all options")
    func bucket() throws {
        let address = try StoreAddress(
            parsing: "s3://backups/martlet/prod/?endpoint=https://minio.example:9000&region=eu-central-1&style=path"
                + "&sse=kms&kms-key=arn:aws:kms:eu-central-1:1:key/2&storage-class=STANDARD_IA&checksum=md5"
                + "&lock=compliance&retain=30d&ca-file=/etc/ca.pem&part-size=16MiB&parts=2"
        )
        var wanted = S3Settings(
            bucket: "backups",
            prefix: "martlet/prod",
            region: "eu-central-1",
            endpoint: "https://minio.example:9000"
        )
        wanted.style = .path
        wanted.encryption = .kms(key: "arn:aws:kms:eu-central-1:1:key/2")
        wanted.storageClass = "STANDARD_IA"
        wanted.checksum = .md5
        wanted.lock = .init(mode: .compliance, retention: .seconds(30 * 86_400))
        wanted.caFile = "/etc/ca.pem"
        wanted.partSize = 16 << 20
        wanted.partsAtOnce = 2
        #expect(address.target == .bucket(wanted))
        #expect(address.place == "s3://backups/martlet/prod")
    }

    @Test("Several addresses are one store, and one is itself")
    func several() async throws {
        let folders = [try TestFolder(), try TestFolder()]
        let addresses = try folders.map { try StoreAddress(parsing: "file://\($0.path)") }
        let mirror = try await StoreAddress.open(addresses, required: 1)
        #expect(mirror.place == "file://\(folders[0].path) + file://\(folders[1].path)")
        #expect(try await StoreAddress.open([addresses[0]]) is DirectoryStore)
        for (list, required) in [(addresses, 3), ([addresses[0]], 2), ([addresses[0], addresses[0]], 1)] {
            let trouble = await failure { () throws(ObjectStoreError) in
                _ = try await StoreAddress.open(list, required: required)
            }
            #expect(trouble?.code == .configuration)
        }
    }

    @Test("Regions: the address, then what is given, and any for other stores")
    func regions() throws {
        #expect(try settings("s3://abc?region=eu-west-1", region: "us-west-2").region == "eu-west-1")
        #expect(try settings("s3://abc", region: "us-west-2").region == "us-west-2")
        #expect(try settings("s3://abc?endpoint=http://localhost:1", region: nil).region == "us-east-1")
        #expect(throws: ObjectStoreError.self) { try settings("s3://abc", region: "") }
    }

    @Test("Where requests go")
    func endpoints() throws {
        func url(_ text: String) throws -> String {
            let endpoint = try S3Endpoint(try settings(text, region: "eu-central-1"))
            return "\(endpoint.scheme)://\(endpoint.host)\(endpoint.path("a=b/c"))"
        }
        #expect(try url("s3://abc") == "https://abc.s3.eu-central-1.amazonaws.com/a%3Db/c")
        #expect(try url("s3://a.bc") == "https://s3.eu-central-1.amazonaws.com/a.bc/a%3Db/c")
        #expect(try url("s3://abc?style=path") == "https://s3.eu-central-1.amazonaws.com/abc/a%3Db/c")
        #expect(try url("s3://abc?region=cn-north-1") == "https://abc.s3.cn-north-1.amazonaws.com.cn/a%3Db/c")
        #expect(try url("s3://abc?endpoint=http://minio:9000") == "http://minio:9000/abc/a%3Db/c")
        #expect(try url("s3://abc?endpoint=https://host.example&style=virtual") == "https://abc.host.example/a%3Db/c")
        #expect(try url("s3://abc?endpoint=http://[::1]:80/") == "http://[::1]/abc/a%3Db/c")
        #expect(try url("s3://abc?endpoint=http://s3.storage.svc:8333") == "http://s3.storage.svc:8333/abc/a%3Db/c")
    }

    @Test(
        "Wrong addresses are refused with what is allowed",
        arguments: [
            ("", "begins with"), ("/var/backups", "begins with"), ("ftp://x", "begins with"),
            ("file://var/backups", "three slashes"), ("file:///x?region=a", "allowed: make"),
            ("file:///x?make=maybe", "allowed: no, yes"), ("file:///x%00", "three slashes"),
            ("file:///x%zz", "three slashes"), ("s3://", "a bucket's name"), ("s3://AB", "a bucket's name"),
            ("s3://a..b?region=x", "a bucket's name"), ("s3://abc/a b", "printable"), ("s3://abc/../x", "a prefix"),
            ("s3://abc/ä", "printable"), ("s3://abc?regio=x", "did you mean region"),
            ("s3://abc?region=EU_1", "region"), ("s3://abc?region=a&region=b", "twice"),
            ("s3://abc?region=", "no value"),
            ("s3://abc?region=a&style=x", "allowed: auto, path, virtual"),
            ("s3://abc?region=a&sse=x", "allowed: kms, s3"),
            ("s3://abc?region=a&kms-key=k", "sse=kms"), ("s3://abc?region=a&lock=governance", "go together"),
            ("s3://abc?region=a&retain=3d", "go together"),
            ("s3://abc?region=a&lock=governance&retain=soon", "duration"),
            ("s3://abc?region=a&part-size=1MiB", "5 MiB"), ("s3://abc?region=a&part-size=x", "8MiB"),
            ("s3://abc?region=a&parts=17", "1 to 16"), ("s3://abc?region=a&parts=x", "1...16"),
            ("s3://abc?endpoint=http://storage.example.com", "must be https"), ("s3://abc?endpoint=x", "http"),
            ("s3://abc?endpoint=https://h/path", "must not have a path"),
            ("s3://key:secret@abc?region=a", "holds no credentials"),
            ("s3://abc?secret-key=hunter2", "holds no credentials"),
            ("s3://abc?AWS_SECRET_ACCESS_KEY=hunter2", "holds no credentials"),
        ]
    )
    func refused(_ text: String, _ message: String) {
        do throws(ObjectStoreError) {
            _ = try StoreAddress(parsing: text)
            Issue.record("\(text) was accepted")
        } catch {
            #expect(error.code == .configuration && error.message.contains(message), "\(text): \(error)")
            #expect(!error.description.contains("hunter2") && !error.description.contains("key:secret"))
        }
    }

    private func settings(_ text: String, region: String?) throws -> S3Settings {
        guard case .bucket(let settings) = try StoreAddress(parsing: text, region: region).target else {
            throw ObjectStoreError(.configuration, "no bucket", place: text)
        }
        return settings
    }
}
