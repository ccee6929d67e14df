// SPDX-License-Identifier: Apache-2.0
// Martlet: thresholds and flapping of one check at one location.

import Platform
import Testing

@testable import Health

@Suite struct CheckMachineTests {
    /// Feeds findings at one a second and returns the states after each: U, G, D, ? and lower case while flapping.
    private func walk(_ findings: String, _ thresholds: CheckThresholds = CheckThresholds()) -> String {
        var machine = CheckMachine()
        var states = ""
        for (second, letter) in findings.enumerated() {
            let status: ProbeResult.Status =
                switch letter {
                case "U": .up
                case "G": .degraded
                case "D": .down
                default: .unknown
                }
            machine.take(
                ProbeResult(status: status, reason: status == .up ? nil : "r", latency: .zero),
                at: Self.time(second),
                thresholds
            )
            let shown: String =
                switch machine.state {
                case .up: "U"
                case .degraded: "G"
                case .down: "D"
                case .unknown, .maintenance: "?"
                }
            states += machine.isFlapping ? shown.lowercased() : shown
        }
        return states
    }

    private static func time(_ second: Int) -> Timestamp { Timestamp(seconds: 1_800_000_000 + Int64(second)) }

    @Test func theFirstGoodFindingIsBelievedAtOnceABadOneIsNot() {
        #expect(walk("UU") == "UU")
        #expect(walk("DD") == "?D")
        #expect(walk("DU") == "?U")
    }

    @Test func opensAndClosesAtItsThresholds() {
        #expect(walk("UUDUUUUUUUUUUDDDUUU") == "UUUUUUUUUUUUUUDDDUU")
        var slow = CheckThresholds()
        (slow.failures, slow.successes) = (3, 4)
        #expect(walk("UUUUDDDDUUUUU", slow) == "UUUUUUDDDDDUU")
    }

    @Test func isDownOnlyWhenEnoughFindingsSaySo() {
        #expect(walk("UUDGDD") == "UUUGGD")
        #expect(walk("UUGGDDGG") == "UUUGGDDG")
    }

    @Test func aProbeThatCannotBeMadeIsNeitherGoodNorBad() {
        #expect(walk("UU??U") == "UUU?U")
        #expect(walk("DD?D") == "?DDD")
    }

    @Test func aTargetThatComesAndGoesIsHeldBadUntilItIsCalm() {
        let states = walk("UUUU" + String(repeating: "DU", count: 12) + String(repeating: "U", count: 24))
        // It never fails twice in a row, and is believed to be ill all the same.
        #expect(states.contains("g"))
        let first = states.firstIndex(of: "g") ?? states.startIndex
        let last = states.lastIndex(of: "g") ?? states.startIndex
        #expect(!states[first...last].contains { $0 != "g" }, "one trouble, not many: \(states)")
        #expect(states.hasSuffix("U"))
        #expect(!states.contains("D"))
    }

    @Test func aStateBeginsWithTheFirstFindingOfItsRun() {
        var machine = CheckMachine()
        for second in 0..<3 {
            machine.take(ProbeResult(status: .up, latency: .zero), at: Self.time(second), CheckThresholds())
        }
        #expect(machine.since == Self.time(0))
        machine.take(ProbeResult(status: .down, reason: "refused", latency: .zero), at: Self.time(3), CheckThresholds())
        #expect(machine.isSuspect && machine.failingSince == Self.time(3) && machine.state == .up)
        machine.take(ProbeResult(status: .down, reason: "reset", latency: .zero), at: Self.time(4), CheckThresholds())
        #expect(!machine.isSuspect && machine.state == .down && machine.since == Self.time(3))
        #expect(machine.reason == "reset")
        machine.take(ProbeResult(status: .up, latency: .zero), at: Self.time(5), CheckThresholds())
        #expect(machine.isSuspect && machine.failingSince == nil && machine.state == .down)
    }
}
