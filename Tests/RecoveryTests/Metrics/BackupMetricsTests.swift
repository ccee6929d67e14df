// SPDX-License-Identifier: Apache-2.0
// Martlet: what Prometheus sees of backups, by file and by push.

import Glibc
import ObjectStore
import Platform
import Testing
import TestSupport

@testable import Recovery

@Suite("Metrics of backups")
struct BackupMetricsTests {
    private static let system = CatalogueFixture.system
    private static let now = CatalogueFixture.now

    /// A registry with every metric that there is.
    private func full() async throws -> MetricsRegistry {
        let fixture = try CatalogueFixture()
        let id = try await fixture.backup(30)
        try await fixture.backup(2)
        try await fixture.backup(3, .logical) { $0.database = "app" }
        let other = try await fixture.backup(50)
        try await fixture.check(.verify, other, 20, .damaged)
        try await fixture.check(.drill, id, 10, .passed)
        let registry = MetricsRegistry()
        let metrics = BackupMetrics(registry, system: Self.system)
        for task in BackupTask.allCases { metrics.expect(task, every: .seconds(86_400)) }
        metrics.show(try await Catalogue(fixture.store, keys: fixture.keys).listing(of: Self.system))
        metrics.showLog(bytes: 4_096, lag: .milliseconds(350), gaps: 1)
        metrics.note(.prune, .failed, took: .milliseconds(1_500), ended: Self.now)
        metrics.note(.physical, .refused, took: .zero, ended: Self.now)
        return registry
    }

    private func page(_ registry: MetricsRegistry) -> String { String(decoding: registry.render(.text), as: UTF8.self) }

    /// The value of a series, by its labels in the order of their names.
    private func value(_ page: String, _ name: String, _ labels: String) -> Double? {
        let start = "martlet_backup_\(name){\(labels)} "
        return page.split(separator: "\n").first { $0.hasPrefix(start) }.flatMap {
            Double($0.dropFirst(start.utf8.count))
        }
    }

    @Test func figuresComeFromTheCatalogue() async throws {
        let page = page(try await full())
        let system = "system=\"\(Self.system)\""
        for (name, kind, wanted) in [
            ("last_success_timestamp_seconds", "physical", 1_795_992_800.0),
            ("last_success_timestamp_seconds", "logical", 1_795_989_200),
            ("last_success_timestamp_seconds", "drill", 1_795_964_600), ("last_run_succeeded", "verify", 0),
            ("last_run_succeeded", "drill", 1), ("last_run_succeeded", "prune", 0), ("last_run_seconds", "prune", 1.5),
            ("interval_seconds", "verify", 86_400), ("retained", "physical", 3),
            ("retained_bytes", "physical", 3_870_000_000), ("stored_bytes", "logical", 1_290_000_000),
            ("plain_bytes", "physical", 5_800_000_000),
        ] { #expect(value(page, name, "kind=\"\(kind)\",\(system)") == wanted, "\(name) \(kind) in\n\(page)") }
        for (name, wanted) in [
            ("damaged", 1.0), ("unfinished", 0), ("rpo_seconds", 4.2), ("rto_seconds", 312.8),
            ("rto_objective_seconds", 14_400), ("wal_lag_bytes", 4_096), ("wal_lag_seconds", 0.35), ("wal_gaps", 1),
        ] { #expect(value(page, name, system) == wanted, "\(name) in\n\(page)") }
        #expect(value(page, "runs_total", "kind=\"physical\",result=\"refused\",\(system)") == 1)
        // A verification that never succeeded has no time, and a refused run says nothing.
        #expect(value(page, "last_success_timestamp_seconds", "kind=\"verify\",\(system)") == nil)
        #expect(value(page, "last_run_succeeded", "kind=\"physical\",\(system)") == nil)
    }

    @Test func aLaterFailureDoesNotHideTheLastSuccess() {
        let registry = MetricsRegistry()
        let metrics = BackupMetrics(registry, system: SystemID(1))
        metrics.note(.drill, .succeeded, took: .seconds(5), ended: Timestamp(seconds: 100))
        metrics.note(.drill, .failed, took: .seconds(6), ended: Timestamp(seconds: 200))
        let labels = "kind=\"drill\",system=\"1\""
        #expect(value(page(registry), "last_success_timestamp_seconds", labels) == 100)
        #expect(value(page(registry), "last_run_timestamp_seconds", labels) == 200)
    }

    @Test func anOlderResultDoesNotHideALaterRunWithoutOne() {
        let registry = MetricsRegistry()
        let metrics = BackupMetrics(registry, system: Self.system)
        metrics.note(.drill, .failed, took: .seconds(6), ended: Timestamp(seconds: 1_795_900_000))
        let began = Timestamp(seconds: 1_795_800_000)
        let id = BackupID(began: began, method: .physical)
        func check(_ seconds: Int64) -> CheckResult {
            CheckResult(
                .drill,
                of: id,
                system: Self.system,
                began: began,
                ended: Timestamp(seconds: seconds),
                outcome: .passed
            )
        }
        let labels = "kind=\"drill\",system=\"\(Self.system)\""
        metrics.show(check(1_795_800_100))
        #expect(value(page(registry), "last_run_succeeded", labels) == 0)
        #expect(value(page(registry), "last_success_timestamp_seconds", labels) == 1_795_800_100)
        metrics.show(check(1_795_900_001))
        #expect(value(page(registry), "last_run_succeeded", labels) == 1)
    }

    /// What the documents, the rules and the dashboard speak of is what there is, and nothing is left out of the first.
    @Test func documentsRulesAndDashboardSpeakOfTheSame() async throws {
        let registry = try await full()
        // Neither fixture has an RPO objective.
        registry.gauge("martlet_backup_rpo_objective_seconds", help: "").set(900)
        // Only a program that serves watches its stores (`StoreWatch`).
        registry.gauge("martlet_backup_store_up", help: "").set(1)
        let shown = Set(page(registry).matches(of: #/# TYPE (martlet_backup_[a-z_]+) /#).map { String($0.1) })
        func names(_ path: String) throws -> Set<String> {
            let text = try FileText.text(path: "\(Repository.root)/\(path)", limit: 4 << 20)
            return Set(text.matches(of: /martlet_backup_[a-z_]+/).map { String($0.0) })
        }
        #expect(try names("docs/metrics.md") == shown)
        for path in [
            "infra/monitoring/prometheus/rules/alerts.yml", "infra/monitoring/prometheus/tests/backup.yml",
            "infra/monitoring/grafana/dashboards/backup.json", "docs/runbooks.md",
        ] {
            let used = try names(path)
            #expect(!used.isEmpty, "\(path)")
            #expect(used.isSubset(of: shown), "\(path): \(used.subtracting(shown))")
        }
    }

    @Test func filesAreReplacedInOneStep() throws {
        let folder = "/tmp/martlet-metrics-\(UInt64.random(in: 0...UInt64.max))"
        try #require(mkdir(folder, 0o755) == 0)
        defer {
            unlink("\(folder)/backup.prom")
            rmdir(folder)
        }
        let registry = MetricsRegistry()
        let file = MetricsTextFile(path: "\(folder)/backup.prom")
        for value in [1, 2] {
            registry.gauge("martlet_backup_wal_gaps", help: "Gaps.").set(value)
            try file.write(registry)
            #expect(try FileText.bytes(path: file.path, limit: 1 << 20) == registry.render(.text))
        }
        var status = stat()
        #expect(stat(file.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o644)
        // Nothing is left beside it: the folder can be removed once it is gone.
        #expect(unlink(file.path) == 0)
        #expect(rmdir(folder) == 0)
        do throws(RecoveryError) {
            try file.write(registry)
            Issue.record("a file in no folder was written")
        } catch {
            #expect(error.code == .disk)
            #expect(error.message.contains(file.path))
        }
    }

    @Test func pagesArePushed() async throws {
        let gateway = try ClusterReceiver()
        defer { gateway.end() }
        let registry = MetricsRegistry()
        registry.gauge("martlet_backup_wal_gaps", help: "Gaps.").set(3)
        for base in ["http://127.0.0.1:\(gateway.port)", "http://127.0.0.1:\(gateway.port)/"] {
            try await MetricsPush(gateway: base, system: Self.system, task: .drill).send(registry)
        }
        let labels = try [#require(MetricLabel("namespace=martlet-1")), #require(MetricLabel("_a2=b.c"))]
        try await MetricsPush(
            gateway: "http://127.0.0.1:\(gateway.port)",
            system: Self.system,
            task: .drill,
            labels: labels
        ).send(registry)
        #expect(gateway.received == [page(registry), page(registry), page(registry)])
        let line = "put /metrics/job/martlet-backup/system/\(Self.system)/kind/drill"
        #expect(gateway.all.prefix(2).allSatisfy { $0.head.hasPrefix("\(line) http/1.1") })
        #expect(gateway.all.last?.head.hasPrefix("\(line)/namespace/martlet-1/_a2/b.c http/1.1") == true)
    }

    @Test(arguments: [
        "", "a", "=b", "a=", "1a=b", "a-b=c", "job=x", "system=x", "kind=x", "store=x", "__a=b", "a=..", "a=.b", "a=-b",
        "a=b/c", "a=b c", "a=ä", "a=b=c",
        "a=" + String(repeating: "b", count: 64),
    ])
    func whatIsNoLabelIsRefused(_ text: String) { #expect(MetricLabel(text) == nil) }

    @Test func aGatewayThatIsSilentOrAwayCostsLittle() async throws {
        let silent = try ClusterReceiver(isSilent: true)
        defer { silent.end() }
        let url = "http://127.0.0.1:\(silent.port)"
        let push = MetricsPush(gateway: url, system: Self.system, task: .drill, deadline: .milliseconds(200))
        #expect(await failure { try await push.send(MetricsRegistry()) }?.code == .deadline)
        let away = MetricsPush(gateway: "http://127.0.0.1:1", system: Self.system, task: .drill, deadline: .seconds(5))
        let error = await failure { try await away.send(MetricsRegistry()) }
        #expect(error?.code == .request || error?.code == .deadline)
    }
}
