// SPDX-License-Identifier: Apache-2.0
// Martlet: subscribers on a real database, with a worker that runs their jobs one after the other.

import Jobs
import Logging
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Health

/// A desk over a database of its own.
struct SubscriptionFixture: Sendable {
    let base: StoreFixture
    let desk: SubscriptionDesk
    let calendar: MaintenanceCalendar
    let configuration: Mutexed

    final class Mutexed: Sendable {
        private let value: Mutex<HealthConfiguration>
        init(_ value: HealthConfiguration) { self.value = Mutex(value) }
        var now: HealthConfiguration { value.withLock { $0 } }
        func change(_ body: @Sendable (inout HealthConfiguration) -> Void) { value.withLock { body(&$0) } }
    }

    static let logger = Logger(label: "subscriptions") { _ in SwiftLogNoOpLogHandler() }

    /// Lends a desk to `body`: the checks `api` (group `front`), `db` (group `back`) and `secret`, which is not public.
    static func with(
        _ name: String,
        mail: MailServer? = nil,
        webhooks: SubscriptionSettings.Webhooks? = nil,
        _ body: @Sendable (SubscriptionFixture) async throws -> Void
    ) async throws {
        var configuration = HealthConfiguration(policy: try NotificationPolicy(routes: []))
        configuration.page.title = "Acme & Söhne"
        configuration.page.url = "https://status.example"
        configuration.checks = [("api", "front"), ("db", "back"), ("secret", "back")].map { id, group in
            var check = CheckDefinition(id: id, kind: "script", target: id, probe: ScriptedProbe())
            check.name = id.uppercased()
            check.group = group
            check.isPublic = id != "secret"
            return check
        }
        configuration.subscriptions.webhooks = webhooks
        if let mail {
            configuration.subscriptions.email = .init(
                from: try EmailAddress("status@example.org"),
                client: try mail.client(.none)
            )
        }
        let start = configuration
        try await StoreFixture.with(name) { base in
            let (held, calendar) = (Mutexed(start), MaintenanceCalendar())
            let desk = SubscriptionDesk(
                store: base.store,
                ledger: Ledger(pool: base.pool),
                resources: Fixture.resources,
                calendar: calendar,
                logger: logger,
                configuration: { held.now },
                isLeading: { true }
            )
            try await body(
                SubscriptionFixture(base: base, desk: desk, calendar: calendar, configuration: held)
            )
        }
    }

    /// The settings of a webhook on this machine.
    static var local: SubscriptionSettings.Webhooks {
        get throws { .init(policy: try AddressPolicy(allowing: ["127.0.0.1"]), allowsClear: true) }
    }

    /// Runs what waits until nothing does; each job once more if `twice`. What fails is left out from then on, and counted.
    @discardableResult
    func work(attempt: Int = 1, twice: Bool = false) async throws -> [String] {
        var failures: [String] = []
        while let job = try await next() {
            let handler = try #require(desk.handlers.first { $0.kind == job.kind })
            let context = JobContext(
                id: JobID(rawValue: job.id),
                attempt: attempt,
                maxAttempts: attempt == 1 ? 30 : attempt,
                kind: job.kind,
                args: job.args,
                logger: Self.logger
            )
            do {
                if twice { _ = try await handler.run(context) }
                _ = try await handler.run(context)
            } catch let failure as JobFailure {
                failures.append(failure.message)
            }
            try await base.run("DELETE FROM job_live WHERE id = \(job.id)")
        }
        return failures
    }

    /// The job that would run next.
    func next() async throws -> (id: Int64, kind: String, args: [UInt8])? { try await next(of: nil) }

    /// The same of one kind alone.
    func next(of kind: String?) async throws -> (id: Int64, kind: String, args: [UInt8])? {
        let from = "FROM job JOIN job_live USING (id) \(kind.map { "WHERE kind = '\($0)'" } ?? "")"
        guard try await base.count("SELECT count(*) \(from)") > 0 else { return nil }
        let id = try await base.count("SELECT job.id \(from) ORDER BY job_live.priority, job.id LIMIT 1")
        let kind = try await text("SELECT kind FROM job WHERE id = \(id)")
        return (id, kind, Array(try await text("SELECT args::text FROM job WHERE id = \(id)").utf8))
    }

    func text(_ sql: String) async throws -> String { try await base.text(sql) }

    /// Records a step of an incident as whoever leads does, and hands it over.
    func happen(
        _ check: String,
        _ kind: IncidentEntry.Kind = .opened,
        _ words: String = "it is DOWN",
        incident id: Int64 = 42,
        isPublic: Bool = true
    ) async throws {
        var incident =
            try await base.store.incident(id)
            ?? Incident(
                id: id,
                check: check,
                title: "\(check.uppercased()) is DOWN",
                state: .down,
                severity: .critical,
                startedAt: .now()
            )
        incident.note(kind, words, at: .now(), by: "Ada Operator", isPublic: isPublic)
        // A check has one open incident.
        try await base.run("UPDATE health_incident SET resolved_at = now() WHERE name = '\(check)' AND id <> \(id)")
        guard let lead = try await base.store.lead(1, for: .seconds(3_600)) else {
            throw ClusterFailure("somebody else leads")
        }
        try await base.store.record([incident], [], as: lead)
        _ = try await desk.announcer.handOver()
    }

    /// Makes subscribers without asking them.
    func subscribe(_ count: Int, _ kind: SubscriptionKind, _ prefix: String, _ suffix: String) async throws {
        try await base.run(
            """
            INSERT INTO health_subscriber (kind, target, target_key, checks, groups, token, secret, confirmed_at)
            SELECT '\(kind.rawValue)', '\(prefix)' || n || '\(suffix)', '\(prefix)' || n || '\(suffix)', '{}', '{}',
                sha256(('\(prefix)' || n)::bytea), 'whsec_' || encode(sha256(n::text::bytea), 'base64'), now() - interval '1 hour'
            FROM generate_series(1, \(count)) n
            """
        )
    }
}
