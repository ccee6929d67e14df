// SPDX-License-Identifier: Apache-2.0
// Martlet: one drill under way: its report, and the clock.
internal import Platform
internal import Synchronization

/// Carries one drill from phase to phase.
final class DrillRun: Sendable {
    let drill: Drill
    let entry: CatalogueEntry
    let start = ContinuousClock.now
    private let state: Mutex<DrillReport>

    init(_ drill: Drill, _ entry: CatalogueEntry) {
        self.drill = drill
        self.entry = entry
        state = Mutex(DrillReport(backup: entry.id, system: entry.system, began: .now()))
    }

    var settings: DrillSettings { drill.settings }

    /// The report, ended now and held against the objectives.
    var report: DrillReport {
        var report = state.withLock { $0 }
        report.ended = .now()
        report.judge(settings.objectives)
        return report
    }

    func note(_ text: String) { state.withLock { $0.notes.append(text) } }

    func find(_ findings: [DrillFinding]) { state.withLock { $0.findings += findings } }

    func change(_ body: (inout DrillReport) -> Void) { state.withLock { body(&$0) } }

    /// Runs a phase within its limit, and keeps how long it took.
    /// - Throws: `.deadline` when the limit passed; what `body` throws.
    func timed<Value: Sendable>(
        _ phase: DrillPhase,
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let (began, limit) = (ContinuousClock.now, settings.limit(phase))
        drill.onPhase(phase)
        defer {
            let time = ContinuousClock.now - began
            state.withLock { $0.phases[phase] = time }
        }
        let result = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return nil }
                return .failure(RecoveryError(.deadline, "the phase \(phase.rawValue) took longer than \(limit)"))
            }
            var result: Result<Value, RecoveryError>?
            for await ended in group {
                // The first answer counts: what comes after the limit comes because it was cancelled.
                result = result ?? ended
                group.cancelAll()
            }
            return result ?? .failure(RecoveryError(.cancelled, "the drill was cancelled"))
        }
        return try result.get()
    }

    /// Turns trouble with the backup into a finding.
    /// - Throws: trouble with the drill itself.
    func accept(_ error: RecoveryError) throws(RecoveryError) {
        switch error.code {
        case .store, .database, .notFound, .damaged, .wrongKey, .wrongSystem, .missingLog, .deadline, .program:
            find([DrillFinding(.recovery, Self.name(error.code), error.description)])
        case .disk, .notEmpty, .locked, .request, .cancelled, .drill, .internal: throw error
        }
    }

    private static func name(_ code: RecoveryError.Code) -> String {
        switch code {
        case .store: "store"
        case .database: "database"
        case .notFound: "not-found"
        case .damaged: "damaged"
        case .wrongKey: "wrong-key"
        case .wrongSystem: "wrong-system"
        case .missingLog: "missing-log"
        case .disk: "disk"
        case .notEmpty: "not-empty"
        case .locked: "locked"
        case .request: "request"
        case .deadline: "deadline"
        case .cancelled: "cancelled"
        case .program: "program"
        case .drill: "drill"
        case .internal: "internal"
        }
    }
}
