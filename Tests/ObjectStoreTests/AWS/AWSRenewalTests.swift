// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials that end, and are renewed before.
import Platform
import Synchronization
import TestSupport
import Testing

@testable import ObjectStore

@Suite("Renewal of AWS credentials")
struct AWSRenewalTests {
    /// Gives numbered credentials of an hour, or fails.
    private final class Source: AWSCredentialSource {
        let name = "test"
        let asked = Counter()
        let fails = Mutex(false)
        let time: Mutex<Timestamp>

        init(_ time: Timestamp) { self.time = Mutex(time) }

        func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
            let number = asked.next()
            // Long enough for many to ask meanwhile.
            try? await Task.sleep(for: .milliseconds(50))
            guard !fails.withLock({ $0 }) else { throw AWSSourceTrouble(message: "it is away", isTransient: true) }
            return .credentials(
                AWSCredentials(
                    accessKeyID: "\(number)",
                    secretAccessKey: Secret("s"),
                    expires: time.withLock { $0 } + .seconds(3600)
                )
            )
        }

        func pass(_ seconds: Int) { time.withLock { $0 = $0 + .seconds(seconds) } }
    }

    private let source = Source(Timestamp(seconds: 1_800_000_000))

    private func chain() -> AWSCredentialChain {
        AWSCredentialChain(sources: [source], now: { [source] in source.time.withLock { $0 } })
    }

    @Test("A hundred callers at once ask the source once")
    func once() async throws {
        let chain = chain()
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await chain.current().accessKeyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids == ["1"] && source.asked.value == 1)
        source.pass(3200)
        #expect(try await chain.current().accessKeyID == "1")
        #expect(source.asked.value == 1)
    }

    @Test("They are renewed five minutes before their end, while the old ones serve")
    func early() async throws {
        let chain = chain()
        _ = try await chain.current()
        source.pass(3400)
        #expect(try await chain.current().accessKeyID == "1")
        try await eventually("the renewal") { try await chain.current().accessKeyID == "2" }
        #expect(source.asked.value == 2)
    }

    @Test("A source that is away does no harm until a minute before the end")
    func away() async throws {
        let chain = chain()
        _ = try await chain.current()
        source.fails.withLock { $0 = true }
        source.pass(3400)
        for _ in 0..<20 { #expect(try await chain.current().accessKeyID == "1") }
        try await eventually("the failed renewal") { source.asked.value == 2 && !chain.isRenewing }
        for _ in 0..<20 { #expect(try await chain.current().accessKeyID == "1") }
        // Not asked again within the pause.
        #expect(source.asked.value == 2)
        source.pass(150)
        let trouble = await failure { () throws(ObjectStoreError) in _ = try await chain.current() }
        #expect(trouble?.code == .unavailable && trouble?.message == "the source 'test' fails: it is away")
        source.fails.withLock { $0 = false }
        #expect(try await chain.current().accessKeyID == "4")
    }

    @Test("Credentials that AWS calls expired are asked for anew, once")
    func forgotten() async throws {
        let chain = chain()
        let first = try await chain.current()
        chain.forget(first)
        #expect(try await chain.current().accessKeyID == "2")
        // Another caller whose request was on its way with the first ones.
        chain.forget(first)
        #expect(try await chain.current().accessKeyID == "2")
    }

    @Test("A call that AWS refuses as expired is signed anew")
    func expired() async throws {
        let (source, chain) = (source, chain())
        try await StubServer.with { request in
            request.headers["authorization"]?.contains("Credential=2/") == true
                ? .init() : .init(status: 400, body: "<Error><Code>ExpiredToken</Code></Error>")
        } _: { stub in
            let settings = S3Settings(bucket: "bucket", region: "us-east-1", endpoint: stub.endpoint)
            let store = S3Store(try S3Client(settings, credentials: chain, retry: .quick(3)))
            try await store.put([1], at: try key("a"), when: .always)
            #expect(stub.all.count == 2 && source.asked.value == 2)
            await store.close()
        }
    }
}
