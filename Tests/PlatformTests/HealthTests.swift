// SPDX-License-Identifier: Apache-2.0
// Martlet: health checks: criticality, deadlines, cache, built-in checks, JSON.
import FoundationEssentials
import Synchronization
import Testing

@testable import Platform

@Suite struct HealthTests {
    struct Broken: Error, CustomStringConvertible { var description: String { "bro\"ken" } }

    /// A check that outlives a machine that stands still for a while.
    private func patient(
        _ name: String,
        _ criticality: HealthCheck.Criticality,
        _ operation: @escaping @Sendable () throws -> Void = {}
    ) -> HealthCheck {
        HealthCheck(name, criticality: criticality, deadline: .seconds(60)) {
            try operation()
            return HealthFinding()
        }
    }

    @Test func criticalityDecides() async {
        let checks = HealthChecks()
        #expect(await checks.report().status == .up)
        checks.register(patient("a", .critical))
        #expect(await checks.report().status == .up)
        checks.register(patient("b", .degrading) { throw Broken() })
        #expect(await checks.report().status == .degraded)
        checks.register(patient("a", .critical) { throw Broken() })
        let report = await checks.report()
        #expect(report.status == .down)
        #expect(report.checks.map(\.name) == ["a", "b"])
        #expect(report.checks.map(\.status) == [.down, .degraded])
    }

    @Test func theJSONIsTheContract() async throws {
        struct Report: Decodable {
            struct Check: Decodable {
                struct Details: Decodable { var total: Int?; var percent: Double?; var error: String? }
                var status: String
                var latency_ms: Double
                var details: Details?
            }
            var status: String
            var checks: [String: Check]
        }
        let checks = HealthChecks()
        checks.register(patient("database", .critical) { throw Broken() })
        checks.register(.disk())
        checks.register(patient("bus", .degrading))
        let report = try JSONDecoder().decode(Report.self, from: Data(await checks.report().json()))
        #expect(report.status == "DOWN")
        #expect(report.checks["database"]?.details?.error == "bro\"ken")
        #expect(report.checks["bus"]?.status == "UP")
        #expect((report.checks["disk"]?.details?.total ?? 0) > 0)
        #expect((report.checks["disk"]?.details?.percent ?? -1) >= 0)
    }

    @Test func aStuckCheckFailsInTimeAndRunsOnlyOnce() async {
        let runs = Tally()
        let checks = HealthChecks()
        let check = HealthCheck("stuck", criticality: .critical, deadline: .milliseconds(50), cacheTime: .zero) {
            runs.add()
            // Ignores cancellation, as a blocked library would; ended by the test.
            while !runs.isReleased { await Task.yield() }
            return HealthFinding()
        }
        checks.register(check)
        for _ in 0..<5 {
            let report = await checks.report()
            #expect(report.status == .down)
            #expect("\(report.checks[0].details)".contains("no answer within PT0.05S"))
        }
        #expect(runs.count == 1)
        runs.release()
        while await checks.report().status != .up { await Task.yield() }
        #expect(runs.count >= 2)
    }

    @Test func manyAskersShareOneRun() async {
        let runs = Tally()
        let checks = HealthChecks()
        checks.register(
            HealthCheck("slow", criticality: .critical, deadline: .seconds(60), cacheTime: .seconds(600)) {
                runs.add()
                while !runs.isReleased { await Task.yield() }
                return HealthFinding()
            }
        )
        await withTaskGroup(of: HealthStatus.self) { group in
            for _ in 0..<50 { group.addTask { await checks.report().status } }
            runs.release()
            for await status in group { #expect(status == .up) }
        }
        #expect(await checks.report().status == .up)
        #expect(runs.count == 1)
    }

    @Test func memoryReadsCgroupOrMachine() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
        _ = try folder.write("proc/self/cgroup", "0::/a\n")
        _ = try folder.write("sys/fs/cgroup/a/memory.max", "max\n")
        let machine = try await HealthCheck.memory(threshold: 90, root: folder.path).operation()
        #expect(machine.status == .up)
        #expect(machine.details.map(\.value) == [.int(1_024_000), .int(768_000), .int(256_000), .double(75)])
        _ = try folder.write("sys/fs/cgroup/a/memory.max", "1000\n")
        _ = try folder.write("sys/fs/cgroup/a/memory.current", "980\n")
        _ = try folder.write("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file 30\n")
        let limited = try await HealthCheck.memory(threshold: 90, root: folder.path).operation()
        #expect(limited.status == .degraded)
        #expect(limited.details.map(\.value) == [.int(1000), .int(950), .int(50), .double(95)])
        #expect(try await HealthCheck.memory().operation().details.count == 4)
    }

    @Test func diskDegradesAndIsNeverDown() async throws {
        let checks = HealthChecks()
        checks.register(.disk(path: "/nonexistent"))
        #expect(await checks.report().status == .degraded)
        #expect(HealthCheck.usage(total: 100, used: 90, free: 10, threshold: 90).status == .degraded)
        #expect(HealthCheck.usage(total: 0, used: 0, free: 0, threshold: 90).status == .up)
    }
}

/// Counts runs and lets them end.
final class Tally: Sendable {
    private let state = Mutex((count: 0, isReleased: false))
    var count: Int { state.withLock { $0.count } }
    var isReleased: Bool { state.withLock { $0.isReleased } }
    func add() { state.withLock { $0.count += 1 } }
    func release() { state.withLock { $0.isReleased = true } }
}
