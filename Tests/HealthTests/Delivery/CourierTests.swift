// SPDX-License-Identifier: Apache-2.0
// Martlet: tests telling people directly, while there is no ledger.

import Logging
import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct CourierTests {
    private func notification(_ id: String, to receiver: String = "ops", due: Timestamp = .now()) throws
        -> OutgoingNotification
    {
        var message = sampleMessage()
        message.id = id
        return try OutgoingNotification(message, to: receiver, incident: 1, dueAt: due)
    }

    /// Runs a courier for the time of `body`.
    private func with(
        _ registry: MetricsRegistry = MetricsRegistry(),
        _ body: @Sendable @escaping (Courier, Inbox) async throws -> Void
    ) async throws {
        try await Inbox.with { inbox, ops in
            let logger = Logger(label: "courier") { _ in SwiftLogNoOpLogHandler() }
            let courier = Courier(resources: Fixture.resources, logger: logger, metrics: DeliveryMetrics(registry))
            courier.load([ops])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await courier.run() }
                try await body(courier, inbox)
                group.cancelAll()
            }
        }
    }

    @Test func eachIsToldOnceAndTakenBackAsDelivered() async throws {
        try await with { courier, inbox in
            let sent = [try notification("a"), try notification("b")]
            courier.send(sent)
            courier.send(sent)
            try await eventually("both are told") { inbox.messages.count == 2 }
            var back: [OutgoingNotification] = []
            try await eventually("both are taken back") {
                back += courier.takeBack()
                return back.count == 2
            }
            #expect(Set(back.map(\.id)) == ["a", "b"] && back.allSatisfy { $0.deliveredAt != nil })
            #expect(courier.takeBack().isEmpty && inbox.messages.count == 2)
        }
    }

    @Test func whatFindsNoRoomIsCounted() throws {
        let logger = Logger(label: "courier") { _ in SwiftLogNoOpLogHandler() }
        let courier = Courier(resources: Fixture.resources, logger: logger)
        let sent = try (0..<Courier.limit + 3).map { try notification("n\($0)") }
        courier.send(sent)
        #expect(courier.dropped == 3)
        courier.send(Array(sent.prefix(5)))
        #expect(courier.dropped == 3, "what is here already needs no room")
        #expect(courier.takeBack().count == Courier.limit)
        courier.send(Array(sent.suffix(3)))
        #expect(courier.dropped == 3 && courier.takeBack().count == 3)
    }

    @Test func whatFailsIsTriedAgain() async throws {
        let registry = MetricsRegistry()
        @Sendable func told(_ channel: String, _ outcome: String) -> Double? {
            registry.shown(#"martlet_health_deliveries_total{channel="\#(channel)",outcome="\#(outcome)"}"#)
        }
        try await with(registry) { courier, inbox in
            inbox.refuse(2)
            courier.send([try notification("a"), try notification("later", due: .now() + .seconds(3_600))])
            #expect(courier.waiting == 1)
            try await eventually("told at the third try") { inbox.messages.count == 1 }
            try await eventually("nothing is left to tell now") { courier.waiting == 0 }
            courier.send([try notification("b", to: "nobody")])
            try await eventually("there is nobody to tell it") { told("none", "rejected") == 1 && courier.waiting == 0 }
        }
        #expect(told("webhook", "retried") == 2 && told("webhook", "delivered") == 1)
    }

    @Test func whatCannotBeToldNowIsTakenBackUndelivered() async throws {
        try await with { courier, inbox in
            courier.send([
                try notification("later", due: .now() + .seconds(3_600)), try notification("nobody", to: "nobody"),
                try notification("now"),
            ])
            try await eventually("the one that is due is told") { inbox.messages.count == 1 }
            var back: [OutgoingNotification] = []
            try await eventually("all are taken back") {
                back += courier.takeBack()
                return back.count == 3
            }
            #expect(Set(back.filter { $0.deliveredAt == nil }.map(\.id)) == ["later", "nobody"])
            #expect(inbox.messages.count == 1)
        }
    }
}
