// SPDX-License-Identifier: Apache-2.0
// Martlet: one of several stores is away, refuses or is slow.
import Logging
import TestSupport
import Testing

@testable import ObjectStore

@Suite("One of several stores is away", .timeLimit(.minutes(1)))
struct StoreAwayTests {
    private let a: FlakyStore
    private let b: FlakyStore
    private let time = StepClock()

    init() async throws { (a, b) = (try await FlakyStore(), try await FlakyStore()) }

    private func mirror(required: Int? = nil) throws -> MirroredStore {
        try MirroredStore([a, b], required: required, logger: Logger(label: "test"), clock: time.clock)
    }

    @Test("A store that refuses ends no read that another one can answer")
    func refused() async throws {
        let store = try mirror(required: 1)
        let name = try key("object")
        try await store.put([1], at: name, when: .absent)
        a.set(.refuses)
        #expect(try await store.get(name, limit: 1) == [1])
        #expect(try await store.info(name)?.size == 1)
        #expect(try await store.downloadBytes(name) == [1])
        #expect(try await store.names() == ["object"])
        #expect(try await store.info(try key("other")) == nil)
        let (all, other) = (try mirror(), try key("other"))
        let unknown = await failure { () throws(ObjectStoreError) in _ = try await all.info(other) }
        #expect(unknown?.code == .denied, "all are required, and one says nothing")
        b.set(.refuses)
        let listed = await failure { () throws(ObjectStoreError) in
            _ = try await store.list(prefix: "", after: nil, limit: 1)
        }
        #expect(listed?.code == .denied && listed?.message.contains(b.place) == true)
    }

    @Test("Strictly taken, what one store does not answer fails, also right after it was away")
    func strict() async throws {
        let name = try key("object")
        try await a.put([1], at: name, when: .absent)
        let store = try mirror(required: 1)
        a.set(.away)
        #expect(try await store.names() == [])
        let strict = try store.strict()
        let listed = await failure { () throws(ObjectStoreError) in
            _ = try await strict.list(prefix: "", after: nil, limit: 1)
        }
        #expect(listed?.code == .unavailable && listed?.message.contains(a.place) == true)
        #expect(await failure { () throws(ObjectStoreError) in _ = try await strict.info(name) }?.code == .unavailable)
        #expect(await failure { () throws(ObjectStoreError) in try await strict.remove([name]) }?.code == .unavailable)
        a.set(.none)
        // The gate of the other one is closed for some seconds more.
        #expect(try await store.names() == [])
        #expect(try await store.strict().list(prefix: "", after: nil, limit: 1).objects.map(\.key) == [name])
        // One that is only slow is waited for.
        a.set(.hangs)
        time.endWaits()
        let (patient, asked) = (try store.strict(), a.calls)
        async let slow = patient.list(prefix: "", after: nil, limit: 1)
        try await eventually("it was asked") { a.calls > asked }
        a.set(.none)
        #expect(try await slow.objects.map(\.key) == [name])
    }

    @Test("An object is absent when as many stores say so as are required")
    func absent() async throws {
        let name = try key("object")
        for (required, code) in [(1, ObjectStoreError.Code.notFound), (2, .unavailable)] {
            a.set(.away)
            let store = try mirror(required: required)
            let found = await failure { () throws(ObjectStoreError) in _ = try await store.get(name, limit: 1) }
            #expect(found?.code == code, "\(required) required")
        }
    }

    @Test("A store that is only slow may have what the others lack, and is waited for")
    func slowAndAlone() async throws {
        let name = try key("object")
        try await a.put([7], at: name, when: .absent)
        let store = try mirror(required: 1)
        a.set(.hangs)
        time.endWaits()
        async let read = store.get(name, limit: 1)
        // The first call was given up by then.
        try await eventually("the other store was asked") { b.calls > 0 }
        a.set(.none)
        #expect(try await read == [7])
    }

    @Test("A store that failed is asked again after 5 s, by one call, and then after 10 s")
    func gate() async throws {
        let store = try mirror(required: 1)
        let name = try key("object")
        try await store.put([1], at: name, when: .absent)
        a.set(.away)
        func asked() async throws -> Int {
            let before = a.calls
            for _ in 0..<3 {
                #expect(try await store.get(name, limit: 1) == [1])
                #expect(try await store.names() == ["object"])
                #expect(try await store.put([1], at: name, when: .always).size == 1)
                try await store.remove([try key("other")])
            }
            return a.calls - before
        }
        #expect(try await asked() == 1)
        #expect(try await asked() == 0)
        time.pass(.seconds(5))
        // Reads have a gate of their own.
        #expect(try await (1...2).contains(asked()))
        time.pass(.seconds(5))
        #expect(try await asked() == 0)
        a.set(.none)
        time.pass(.seconds(5))
        #expect(try await asked() == 12)
    }

    @Test("Uploads leave a store out that is away, and beginning one does not prove that it is back")
    func uploads() async throws {
        let store = try mirror(required: 1)
        try await store.put([1], at: try key("object"), when: .absent)
        a.set(.away)
        for number in 0..<3 {
            _ = try await store.uploadBytes([1, 2], to: try key("uploaded/\(number)"), piece: 1)
            time.pass(.seconds(60))
        }
        #expect(a.folder.files() == ["object"] && b.folder.files().count == 4)
        a.set(.none)
        try await store.put([1], at: try key("other"), when: .absent)
        _ = try await store.uploadBytes([1, 2], to: try key("back"), piece: 1)
        #expect(a.folder.files() == ["back", "object", "other"])
    }

    @Test("Where all are required each write asks all, and names who is away")
    func allRequired() async throws {
        let store = try mirror()
        let name = try key("object")
        b.set(.away)
        for turn in 1...3 {
            let error = await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: name, when: .always)
            }
            #expect(error?.code == .unavailable && error?.message.contains("it is away") == true, "\(turn)")
        }
        b.set(.none)
        try await store.put([1], at: name, when: .always)
        #expect(b.folder.files() == ["object"])
    }

    @Test("A read does not wait for a store that is slow, and writes go on to it")
    func slow() async throws {
        let store = try mirror(required: 1)
        let name = try key("object")
        try await store.put([1], at: name, when: .absent)
        a.set(.hangs)
        time.endWaits()
        #expect(try await store.get(name, limit: 1) == [1])
        let calls = a.calls
        #expect(try await store.get(name, limit: 1) == [1])
        #expect(a.calls == calls, "for some seconds it is not asked")
        a.set(.none)
        try await store.put([2], at: try key("other"), when: .absent)
        #expect(a.folder.files() == ["object", "other"])
    }

    @Test("One of two folders is missing at the start: enough are there, or each place is named")
    func start() async throws {
        let folder = try TestFolder()
        let addresses = try ["here", "there"].map { try StoreAddress(parsing: "file://\(folder.path)/\($0)") }
        _ = try await DirectoryStore(folder: "\(folder.path)/there", making: true)
        let store = try await StoreAddress.open(addresses, required: 1)
        try await store.put([1], at: try key("object"), when: .absent)
        #expect(try await store.names() == ["object"] && folder.files() == ["there/object"])

        for required in [nil, 2] {
            let error = await failure { () throws(ObjectStoreError) in
                _ = try await StoreAddress.open(addresses, required: required)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("1 of 2 stores are there, 2 are needed") == true)
            #expect(error?.message.contains("file://\(folder.path)/here: there is no such folder") == true)
        }

        // Its disk is mounted: a process that looks later uses it.
        _ = try await DirectoryStore(folder: "\(folder.path)/here", making: true)
        let late = try #require(store.copies.first)
        try await late.put([2], at: try key("late"), when: .absent)
        #expect(folder.files() == ["here/late", "there/object"])
        await store.close()
    }

    @Test("A bucket that refuses connections costs a read a second, and then nothing")
    func refusingPort() async throws {
        let port = try ClusterPort.free()
        let bucket = try S3Store(
            S3Settings(bucket: "gone", region: "us-east-1", endpoint: "http://127.0.0.1:\(port)"),
            credentials: StaticCredentials(SeaweedServer.credentials)
        )
        let name = try key("object")
        try await b.put([1], at: name, when: .absent)
        // What other tests on this machine hold up is not each time the same; a store that is waited for is.
        var took: [(first: Duration, more: Duration)] = []
        repeat {
            let store = try MirroredStore([bucket, b], required: 1)
            let began = ContinuousClock.now
            #expect(try await store.get(name, limit: 1) == [1])
            let first = ContinuousClock.now - began
            for _ in 0..<20 { #expect(try await store.downloadBytes(name) == [1]) }
            took.append((first, ContinuousClock.now - began - first))
        } while took.count < 5 && !took.contains { $0.first < .seconds(2) && $0.more < .seconds(1) }
        #expect(took.contains { $0.first < .seconds(2) && $0.more < .seconds(1) }, "first reads and 20 more: \(took)")
        await bucket.close()
    }
}
