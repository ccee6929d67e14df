// SPDX-License-Identifier: Apache-2.0
// Martlet: tests who decides, with and without the ledger, and with peers that answer by a script.

import Jobs
import Logging
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct CoordinatorTests {
    private final class Peers: Sendable {
        private let answers = Mutex<[Int64: Bool]>([:])
        /// Answers for a peer: whether it reaches the ledger; nil for no answer.
        func set(_ id: Int64, reaches: Bool?) { answers.withLock { $0[id] = reaches } }
        func ask(_ peer: Aggregator) -> PeerStatus? {
            answers.withLock { $0[peer.id] }.map { PeerStatus(id: "\(peer.id)", reachesLedger: $0) }
        }
    }

    private static func aggregator(_ id: Int64) -> Aggregator {
        Aggregator(
            id: id,
            location: "here",
            address: "http://127.0.0.1:1",
            version: "1",
            checks: 0,
            startedAt: .now(),
            seenAt: .now()
        )
    }

    /// Runs the coordinator 10 over a pool that gives up soon.
    private func with(
        _ fixture: StoreFixture,
        _ peers: Peers,
        _ body: @Sendable @escaping (Coordinator) async throws -> Void
    ) async throws {
        let logger = Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() }
        let loop = EventLoop(name: "coordinator")
        defer { loop.shutdown() }
        var settings = PostgresPoolConfiguration(
            try fixture.database.configuration,
            name: "coordinator",
            connections: 1
        )
        settings.connection.serverSettings = LedgerTuning.settings
        settings.acquireTimeout = .milliseconds(300)
        settings.maxBackoff = .milliseconds(300)
        let pool = PostgresPool(settings, loops: [loop], logger: logger)
        let coordinator = Coordinator(
            identity: Self.aggregator(10),
            store: HealthStore(pool: pool),
            logger: logger,
            checks: { 3 },
            askPeer: { peer, _ in peers.ask(peer) },
            onNews: { _ in },
            onChange: { _ in }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { try await coordinator.run() }
            try await body(coordinator)
            group.cancelAll()
        }
    }

    @Test func whoeverComesFirstLeadsAndSaysHowMuchItDoes() async throws {
        try await StoreFixture.with("coordinator") { fixture in
            try await with(fixture, Peers()) { coordinator in
                #expect(coordinator.members.map(\.id) == [10])
                try await eventually("it leads") { coordinator.role.name == "leading" }
                #expect(coordinator.leader == 10 && coordinator.status == PeerStatus(id: "10", reachesLedger: true))
                _ = try await fixture.store.renew(Self.aggregator(20), for: .seconds(3_600))
                try await eventually("it sees the other") { coordinator.members.map(\.id) == [10, 20] }
                #expect(coordinator.members.first?.checks == 3)
                #expect(try await fixture.store.lead(20, for: .seconds(60)) == nil)
                coordinator.stepDown()
                #expect(coordinator.role == .following)
                try await eventually("it still has the lead") { coordinator.role.name == "leading" }
            }
        }
    }

    @Test func withoutTheLedgerTheFirstThatAnswersDecides() async throws {
        try await StoreFixture.with("peers") { fixture in
            let peers = Peers()
            // 5 was there before 10, and leads; 20 came later.
            _ = try await fixture.store.renew(Self.aggregator(5), for: .seconds(3_600))
            _ = try await fixture.store.lead(5, for: .seconds(3_600))
            for id in [5, 20] as [Int64] { peers.set(id, reaches: false) }
            try await with(fixture, peers) { coordinator in
                try await eventually("it follows") { coordinator.role == .following }
                _ = try await fixture.store.renew(Self.aggregator(20), for: .seconds(3_600))
                try await eventually("it knows all") { coordinator.members.map(\.id) == [5, 10, 20] }
                try await fixture.cut()
                try await eventually("it is cut off") { !coordinator.status.reachesLedger }
                #expect(coordinator.role == .following && coordinator.leader == 5, "the one that led answers")
                peers.set(5, reaches: nil)
                try await eventually("the next one decides") { coordinator.role == .acting }
                try await eventually("the checks are shared among those that answer") {
                    coordinator.members.map(\.id) == [10, 20]
                }
                peers.set(20, reaches: true)
                try await eventually("whoever reaches the ledger goes first") { coordinator.role == .following }
                peers.set(20, reaches: nil)
                try await eventually("alone it decides") { coordinator.role == .acting }
                try await fixture.mend()
                try await eventually("the ledger's word counts again") { coordinator.role == .following }
                #expect(coordinator.status.reachesLedger && coordinator.leader == 5)
            }
        }
    }
}
