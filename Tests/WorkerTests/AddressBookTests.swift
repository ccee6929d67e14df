// SPDX-License-Identifier: Apache-2.0
// Martlet: one look-up a host at a time, bounded memory, prompt cancellation.
import Jobs
import Logging
import NIOHTTP1
import NIOPosix
import Platform
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct AddressBookTests {
    @Test func callersShareALookUp() async throws {
        let gate = Gate()
        let resolver = ScriptedResolver([["8.8.8.8"]], gate: gate)
        let book = AddressBook(resolver: resolver, timeToLive: .seconds(30))
        try await withThrowingTaskGroup(of: [IPAddress].self) { group in
            for _ in 0..<100 { group.addTask { try await book.addresses(of: "a.test") } }
            try await eventually("the look-up has begun") { gate.count == 1 }
            gate.open()
            for try await addresses in group { #expect(addresses == [IPAddress("8.8.8.8")].compactMap { $0 }) }
        }
        #expect(resolver.hosts == ["a.test"])
        _ = try await book.addresses(of: "b.test")
        #expect(resolver.hosts == ["a.test", "b.test"])
    }

    @Test func aCancelledLeaderLeavesTheWorkToAFollower() async throws {
        let gate = Gate()
        let resolver = ScriptedResolver([["8.8.8.8"]], gate: gate)
        let book = AddressBook(resolver: resolver, timeToLive: .seconds(30))
        let leader = Task { try await book.addresses(of: "a.test") }
        try await eventually("the leader looks up") { gate.count == 1 }
        let follower = Task { try await book.addresses(of: "a.test") }
        let impatient = Task { try await book.addresses(of: "a.test") }
        impatient.cancel()
        await #expect(throws: CancellationError.self) { _ = try await impatient.value }
        leader.cancel()
        await #expect(throws: CancellationError.self) { _ = try await leader.value }
        try await eventually("the follower looks up") { resolver.hosts.count == 2 }
        gate.open()
        #expect(try await follower.value.count == 1)
    }

    @Test func failuresAreNotKept() async throws {
        let resolver = ScriptedResolver([[], ["8.8.8.8"]])
        let book = AddressBook(resolver: resolver, timeToLive: .seconds(30))
        await #expect(throws: NameResolutionError.self) { _ = try await book.addresses(of: "a.test") }
        #expect(try await book.addresses(of: "a.test").count == 1)
    }

    @Test func recentValuesDropTheOldestThatMayGo() {
        var values = RecentValues<Int, String>(capacity: 2)
        #expect(values.insert("a", for: 1) { _ in true } == [])
        #expect(values.insert("b", for: 2) { _ in true } == [])
        #expect(values.value(for: 1) == "a")
        #expect(values.insert("c", for: 3) { _ in true } == ["b"])
        #expect(values.insert("d", for: 4) { $0 != "a" } == ["c"])
        #expect(values.insert("e", for: 5) { _ in false } == [] && values.count == 3)
        #expect(values.insert("f", for: 6) { _ in true }.count == 2 && values.count == 2)
        #expect(values.value(for: 2) == nil)
    }

    @Test func clientsAreBoundedAndBusyOnesStay() async throws {
        try await TestServer.with(reply: { $0.head.uri == "/slow" ? .silence : .answer(200) }) { server async throws in
            try await Fixture.with(capacity: 2) { fixture async throws in
                let slow = Task { try await fixture.run("{\"url\": \"http://slow.test:\(server.port)/slow\"}") }
                try await eventually("the slow request arrives") { server.requests.count == 1 }
                for host in ["a", "b", "c", "d"] {
                    _ = try await fixture.run("{\"url\": \"http://\(host).test:\(server.port)/\"}")
                }
                #expect(fixture.clients.count == 2)
                try await eventually("connections of dropped clients are closed") { server.closedConnections == 3 }
                slow.cancel()
                await #expect(throws: CancellationError.self) { _ = try await slow.value }
            }
        }
    }

    @Test func nothingIsSentAfterShutdown() async throws {
        let clients = ClientPool(
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            tls: TrustedCertificates.configuration(adding: []),
            connectTimeout: .seconds(1),
            connectionsPerHost: 1
        )
        await clients.shutdown()
        await clients.shutdown()
        let origin = try TargetURL("http://127.0.0.1").origin
        let address = try #require(origin.literal)
        await #expect(throws: ClientPool.Closed.self) { try await clients.withClient(origin, at: address) { _ in } }
    }

    @Test func theSystemResolverKnowsLocalhost() async throws {
        let resolver = SystemNameResolver()
        let addresses = try await resolver.addresses(of: "localhost")
        #expect(!addresses.isEmpty && addresses.allSatisfy { AddressClass($0) == .loopback })
        #expect(Set(addresses).count == addresses.count)
        await #expect(throws: NameResolutionError.self) {
            _ = try await resolver.addresses(of: "does-not-exist.invalid")
        }
        let task = Task { try await resolver.addresses(of: "localhost") }
        task.cancel()
        _ = await task.result
        await resolver.shutdown()
        await #expect(throws: CancellationError.self) { _ = try await resolver.addresses(of: "localhost") }
    }

    @Test func handlersComeAsASet() async throws {
        let kinds = BuiltInKinds.makeHandlers(
            settings: BuiltInKindsSettings(),
            eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
            logger: .init(label: "test")
        )
        #expect(kinds.handlers.map(\.kind) == ["http.request", "noop", "sleep", "fail"])
        await kinds.shutdown()
    }
}
