// SPDX-License-Identifier: Apache-2.0
// Martlet: drills beside others, and drills that are cancelled.

import Glibc
import Jobs
import Logging
import ObjectStore
import Platform
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Recovery

extension DrillTests {
    @Test("Two drills at once exclude each other, and a result is kept beside its backup")
    func oneAtATime() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            let store = scene.scene.store
            let holder = LeaseHolder(host: "here", pid: getpid(), verb: "drill")
            let isUnderWay = Mutex(false)
            var drill = scene.drill(entry.system)
            drill.afterRecovery = { _ throws(RecoveryError) in
                isUnderWay.withLock { $0 = true }
                let other = LeaseHolder(host: "there", pid: 1, verb: "drill")
                let refused = await recoveryFailure { try await scene.drill(entry.system).record(entry, as: other) }
                // A backup or a prune is not kept waiting.
                try await RunLease.hold(entry.system, in: store, as: other) { _ throws(RecoveryError) in }
                guard refused?.code == .locked, refused?.message.contains("drill on here") == true else {
                    throw RecoveryError(.internal, "the second drill was not refused: \(String(describing: refused))")
                }
            }
            let report = try await drill.record(entry, as: holder)
            #expect(isUnderWay.withLock { $0 })
            let kept = try await CheckResult.load(
                report.check(drill.settings.objectives).key,
                in: store,
                keys: scene.scene.keys
            )
            #expect(kept.standing == .verified)
            #expect(kept.result.outcome == .passed && kept.result.recoveryTime != nil)
            #expect(scene.expectNothingLeft() == nil)
        }
    }

    @Test("A drill that is cancelled leaves no process and no folder")
    func cancelled() async throws {
        try await DrillScene.with { scene in
            let entry = try await scene.backUp()
            try await scene.push(entry.system)
            for phase in 0..<3 {
                let reached = Mutex(false)
                var drill = scene.drill(entry.system)
                let wait: @Sendable () async throws(RecoveryError) -> Void = { () throws(RecoveryError) in
                    reached.withLock { $0 = true }
                    do { try await Task.sleep(for: .seconds(600)) } catch {
                        throw RecoveryError(.cancelled, "cancelled")
                    }
                }
                switch phase {
                case 0: drill.afterRestore = { _ throws(RecoveryError) in try await wait() }
                case 1: drill.afterRecovery = { _ throws(RecoveryError) in try await wait() }
                default: reached.withLock { $0 = true }
                }
                let task = Task { [drill] in try await drill.run(entry) }
                try await eventually("the drill is under way") { reached.withLock { $0 } }
                if phase == 2 {
                    try await eventually("the server runs") { !Stragglers.processes(below: scene.place).isEmpty }
                }
                task.cancel()
                let result = await task.result
                #expect(throws: RecoveryError.self) { try result.get() }
                #expect(scene.expectNothingLeft() == nil)
            }
        }
    }
}
