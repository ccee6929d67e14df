// SPDX-License-Identifier: Apache-2.0
// Martlet: what a restore says is left to do.

import Postgres
import Recovery
import Testing

@testable import BackupService

@Suite("What a restore says is left to do")
struct RestoreAdviceTests {
    private static let loop = "until ["

    @Test func whoReadsWaitsForTheEndOfTheLog() {
        let latest = RestoreAdvice(folder: "/new").text
        #expect(latest.contains("pg_ctl -D /new -w"))
        #expect(latest.contains(Self.loop) && latest.contains("pg_ctl -D /new status"))
        #expect(!latest.contains("without a target") && !latest.contains("chown"))
        #expect(latest.last == "\n")
        // Without a target there is nothing to pause at.
        #expect(RestoreAdvice(folder: "/new", action: .pause).text == latest)
    }

    @Test func whatWaitsAtItsTargetIsNotWaitedFor() {
        let target = RecoveryTarget.position(LSN(16))
        #expect(RestoreAdvice(folder: "/new", target: target).text.contains(Self.loop))
        for action in [RecoverySettings.Action.pause, .shutdown] {
            let text = RestoreAdvice(folder: "/new", target: target, action: action).text
            #expect(!text.contains(Self.loop))
            #expect(text.contains("without a target"))
        }
        #expect(!RestoreAdvice(folder: "/new", target: .immediate).text.contains("without a target"))
    }

    @Test func filesOfRootAreGivenAway() {
        #expect(RestoreAdvice(folder: "/new", isRoot: true).text.contains("chown -R postgres: /new  "))
        let spaces = RestoreAdvice(folder: "/new", isRoot: true, tablespaces: ["/fast", "/big"]).text
        #expect(spaces.contains("chown -R postgres: /new /big /fast  "))
    }
}
