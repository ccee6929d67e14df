// SPDX-License-Identifier: Apache-2.0
// Martlet: broken connections, slow servers and wrong bytes between us and a real server.
import Platform
import Resilience
import TestSupport
import Testing

@testable import ObjectStore

@Suite("A bucket over a bad network", .enabled(if: TestTool.seaweed != nil, "\(TestTool.noSeaweed)"))
struct S3FaultTests {
    private static let slowDown =
        "HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\ncontent-length: 97\r\nconnection: close\r\n\r\n"
        + "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"

    @Test(
        "An upload by parts survives what happens to its connections",
        arguments: [
            [FaultyRelay.Fault.none, .resetSending(2_000_000)], [.none, .stallSending(1_000_000)],
            [.none, .loseAnswer], [.none, .answer(slowDown), .answer(slowDown)], [.answer(slowDown)],
            [.resetSending(1), .resetSending(3_000_000), .loseAnswer],
        ]
    )
    func upload(_ faults: [FaultyRelay.Fault]) async throws {
        try await behindRelay(faults) { store, direct, relay in
            let name = try key("object")
            let bytes = testBytes(23 << 20)
            #expect(try await store.uploadBytes(bytes, to: name, piece: 1 << 20).size == 23 << 20)
            #expect(try await direct.downloadBytes(name) == bytes)
            #expect(relay.connections > faults.filter { if case .none = $0 { false } else { true } }.count)
            #expect(try await direct.sweep(olderThan: .seconds(-60)) == 0)
        }
    }

    @Test("A conditional write whose answer gets lost is a success, and another's a conflict")
    func lostAnswer() async throws {
        try await behindRelay([.loseAnswer]) { store, direct, _ in
            let name = try key("object")
            let info = try await store.put([1, 2, 3], at: name, when: .absent)
            #expect(info.size == 3)
            #expect(try await direct.get(name, limit: 3) == [1, 2, 3])
            let other = await failure { () throws(ObjectStoreError) in
                try await store.put([1, 2, 3], at: name, when: .absent)
            }
            #expect(other?.code == .exists)
        }
        try await behindRelay([.loseAnswer]) { store, direct, _ in
            let name = try key("object")
            try await direct.put([9], at: name, when: .absent)
            let trouble = await failure { () throws(ObjectStoreError) in
                try await store.put([1, 2, 3], at: name, when: .absent)
            }
            #expect(trouble?.code == .exists, "\(String(describing: trouble))")
            #expect(try await direct.get(name, limit: 3) == [9])
        }
    }

    @Test(
        "A download continues after its connections broke",
        arguments: [
            [FaultyRelay.Fault.resetReceiving(2_000_000)], [.endReceiving(2_000_000)],
            [.resetReceiving(500), .endReceiving(1_000_000), .resetReceiving(3_000_000), .resetReceiving(3_500_000)],
            [.none, .answer(slowDown)],
        ]
    )
    func download(_ faults: [FaultyRelay.Fault]) async throws {
        try await behindRelay(faults) { store, direct, _ in
            let name = try key("object")
            let bytes = testBytes(13 << 20)
            _ = try await direct.uploadBytes(bytes, to: name, piece: 1 << 20)
            #expect(try await store.downloadBytes(name) == bytes)
        }
    }

    @Test("A broken range goes on where it was, not from its beginning")
    func continuation() async throws {
        try await behindRelay([.none, .resetReceiving(3_000_000)]) { store, direct, relay in
            let name = try key("object")
            let bytes = testBytes(4 << 20)
            _ = try await direct.uploadBytes(bytes, to: name, piece: 1 << 20)
            _ = try await store.info(name)
            // The connection that is kept open is spent by a request that nobody answers on it.
            #expect(try await store.downloadBytes(name) == bytes)
            #expect(relay.received < 6_000_000, "\(relay.received) bytes came for 4 MiB")
        }
    }

    @Test("One wrong bit of a small object is found, and read again")
    func wrongBit() async throws {
        let server = try await SeaweedServer.shared.value
        // SeaweedFS keeps no checksum for us, so the answers are those of a server that does.
        let bytes = "the content"
        let digest = PayloadDigest(of: Array(bytes.utf8)).base64
        let counter = Counter()
        try await StubServer.with { _ in
            let isFirst = counter.next() == 1
            return .init(headers: ["x-amz-checksum-sha256": digest], body: isFirst ? "the c0ntent" : bytes)
        } _: { stub in
            let store = try server.store(endpoint: stub.endpoint)
            #expect(try await store.get(try key("a"), limit: 100) == Array(bytes.utf8))
            #expect(stub.all.count == 2)
            await store.close()
        }
    }

    @Test("A stalled server ends in an error, not in a wait")
    func stalled() async throws {
        let server = try await SeaweedServer.shared.value
        try await StubServer.with { _ in
            .init(isSilent: true)
        } _: { stub in
            var settings = server.settings(prefix: "x", endpoint: stub.endpoint)
            settings.timing.silence = .milliseconds(300)
            let client = try S3Client(
                settings,
                credentials: StaticCredentials(SeaweedServer.credentials),
                retry: .quick(2)
            )
            let store = S3Store(client)
            let start = ContinuousClock.now
            let name = try key("a")
            let trouble = await failure { () throws(ObjectStoreError) in _ = try await store.info(name) }
            #expect(trouble?.code == .unavailable && trouble?.message.contains("silent") == true)
            #expect(trouble?.message.contains("2 attempts") == true, "\(String(describing: trouble))")
            #expect(ContinuousClock.now - start < .seconds(20))
            await store.close()
        }
    }

    @Test("A cancelled caller gets away at once, and the upload can be abandoned")
    func cancelled() async throws {
        let server = try await SeaweedServer.shared.value
        try await FaultyRelay.with([.none] + Array(repeating: .stallSending(1_000_000), count: 20), before: server.port)
        {
            relay in
            let store = try server.store(endpoint: relay.endpoint)
            let upload = try await store.upload(to: try key("object"), when: .absent)
            let writing = Task { () -> ObjectStoreError? in
                await failure { () throws(ObjectStoreError) in
                    for _ in 0..<100 { try await upload.write(testBytes(1 << 20)) }
                }
            }
            try await eventually("the parts are under way") { relay.connections >= 3 }
            writing.cancel()
            let start = ContinuousClock.now
            #expect(await writing.value?.code == .cancelled)
            await upload.abandon()
            #expect(ContinuousClock.now - start < .seconds(30))
            await store.close()
        }
    }

    private func behindRelay(
        _ faults: [FaultyRelay.Fault],
        _ body: (S3Store, S3Store, FaultyRelay) async throws -> Void
    ) async throws {
        let server = try await SeaweedServer.shared.value
        try await FaultyRelay.with(faults, before: server.port) { relay in
            var settings = server.settings(prefix: "faults-\(UInt64.random(in: 0 ... .max))", endpoint: relay.endpoint)
            settings.timing.silence = .seconds(2)
            let credentials = StaticCredentials(SeaweedServer.credentials)
            let store = try S3Store(settings, credentials: credentials)
            settings.endpoint = server.endpoint
            let direct = try S3Store(settings, credentials: credentials)
            try await body(store, direct, relay)
            await store.close()
            await direct.close()
        }
    }
}
