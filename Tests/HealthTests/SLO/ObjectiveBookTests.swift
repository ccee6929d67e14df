// SPDX-License-Identifier: Apache-2.0
// Martlet: tests how findings are counted into objectives, on a real database.

import Logging
import Platform
import TestSupport
import Testing

@testable import Health

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct ObjectiveBookTests {
    private func objective(_ id: String, _ indicator: ObjectiveDefinition.Indicator) -> ObjectiveDefinition {
        ObjectiveDefinition(
            id: id,
            name: id,
            objective: 0.99,
            window: .seconds(3_600),
            indicator: indicator,
            minimumEvents: 1
        )
    }

    private func book(_ fixture: StoreFixture) -> ObjectiveBook {
        let logger = Logger(label: "book") { _ in SwiftLogNoOpLogHandler() }
        return ObjectiveBook(store: fixture.store, resources: Fixture.resources, logger: logger) { true }
    }

    private func finding(_ status: ProbeResult.Status, _ latency: Duration = .zero, maintenance: Bool = false)
        -> MinuteSample.Finding
    {
        MinuteSample.Finding(at: .now(), status: status, latency: latency, isInMaintenance: maintenance)
    }

    /// Runs a book until it has worked its objectives out.
    private func statuses(_ book: ObjectiveBook) async throws -> [ObjectiveStatus] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await book.run() }
            try await eventually("the objectives are worked out") { !book.statuses.isEmpty }
            group.cancelAll()
        }
        return book.statuses
    }

    @Test func availabilityCountsWhatServed() async throws {
        try await StoreFixture.with("availability") { fixture in
            let book = book(fixture)
            book.load([objective("s", .availability(checks: ["a", "b"]))])
            for status in [ProbeResult.Status.up, .up, .degraded, .down, .unknown] {
                book.count(finding(status), of: "a")
            }
            book.count(finding(.down, maintenance: true), of: "b")
            book.count(finding(.up, maintenance: true), of: "b")
            book.count(finding(.down), of: "c")
            let status = try #require(try await statuses(book).first)
            #expect(status.share == 4.0 / 6, "up, up, degraded and up of six; what is unknown does not count")
            #expect(status.shareWithoutMaintenance == 3.0 / 4)
        }
    }

    @Test func latencyCountsWhatAnsweredInTime() async throws {
        try await StoreFixture.with("latency") { fixture in
            let book = book(fixture)
            book.load([
                objective("fast", .latency(checks: ["a"], below: .milliseconds(300))),
                objective("up", .availability(checks: ["a"])),
            ])
            book.count(finding(.up, .milliseconds(300)), of: "a")
            book.count(finding(.up, .milliseconds(301)), of: "a")
            book.count(finding(.degraded, .milliseconds(10)), of: "a")
            book.count(finding(.down, .milliseconds(10)), of: "a")
            let found = try await statuses(book)
            #expect(found.map(\.definition.id) == ["fast", "up"])
            #expect(found[0].share == 2.0 / 3, "what did not answer is the availability's business")
            #expect(found[1].share == 3.0 / 4)
        }
    }

    @Test func countsAreAddedUpAcrossAggregatorsAndKeptWhileTheLedgerIsAway() async throws {
        try await StoreFixture.with("together") { fixture in
            let books = [book(fixture), book(fixture)]
            for book in books {
                book.load([objective("s", .availability(checks: ["a"]))])
                book.count(finding(.up), of: "a")
                book.count(finding(.down), of: "a")
            }
            _ = try await statuses(books[0])
            let status = try #require(try await statuses(books[1]).first)
            #expect(status.share == 0.5)
            #expect(try await fixture.count("SELECT sum(total) FROM health_objective") == 4)
            // A table that is away for a moment: what was counted meanwhile is written afterwards.
            try await fixture.run("ALTER TABLE health_objective RENAME TO away")
            books[0].count(finding(.up), of: "a")
            await books[0].write()
            try await fixture.run("ALTER TABLE away RENAME TO health_objective")
            await books[0].write()
            #expect(try await fixture.count("SELECT sum(total) FROM health_objective") == 5)
        }
    }

    @Test func prometheusIsAskedForBothFigures() async throws {
        try await StoreFixture.with("prometheus") { fixture in
            let server = TestServer.Behaviour.reply { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                guard text.contains("\r\n\r\n") else { return nil }
                let value = text.contains("good") ? "95" : "100"
                let body =
                    #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"\#(value)"]}]}}"#
                return Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
            }
            try await TestServer.with(server) { server in
                let book = book(fixture)
                let url = "http://127.0.0.1:\(server.port)"
                book.load([objective("p", .prometheus(url: url, good: "good[$window]", total: "all[$window]"))])
                let status = try #require(try await statuses(book).first)
                #expect(status.share == 0.95 && status.shareWithoutMaintenance == 0.95)
            }
            #expect(try await fixture.count("SELECT total FROM health_objective") == 100)
        }
    }

    @Test func objectivesThatAreGoneAreNoLongerShown() async throws {
        try await StoreFixture.with("gone") { fixture in
            let book = book(fixture)
            book.load([objective("s", .availability(checks: ["a"])), objective("t", .availability(checks: ["a"]))])
            let both = try await statuses(book)
            #expect(both.count == 2)
            book.load([objective("t", .availability(checks: ["a"]))])
            #expect(book.statuses.map(\.definition.id) == ["t"])
        }
    }
}
