// SPDX-License-Identifier: Apache-2.0
// Martlet: locations vote on a check.

import Platform
import Testing

@testable import Health

@Suite struct VerdictTests {
    private func verdict(_ states: [CheckState], _ quorum: Quorum, before: Verdict? = nil) -> Verdict? {
        let now = Timestamp(seconds: 1_800_000_000)
        let observations = states.enumerated().map { place, state in
            Observation(
                check: "a",
                location: "l\(place)",
                state: state,
                since: now + .seconds(place),
                reason: state == .up ? nil : "no answer at \(place)",
                at: now + .seconds(60)
            )
        }
        return Verdict(observations, quorum: quorum, before: before)
    }

    @Test(arguments: [
        ([CheckState.down], Quorum.majority, CheckState.down),
        ([.up], .majority, .up),
        ([.down, .up], .majority, .unknown),
        ([.down, .down], .majority, .down),
        ([.down, .down, .up], .majority, .down),
        ([.down, .degraded, .up], .majority, .degraded),
        ([.down, .up, .up], .majority, .up),
        ([.down, .up, .up], .atLeast(1), .down),
        ([.down, .down, .up], .atLeast(3), .unknown),
        ([.down, .down], .atLeast(3), .down),
        ([.unknown, .unknown], .majority, .unknown),
        ([.up, .unknown, .unknown], .majority, .up),
        ([.down, .unknown, .unknown], .majority, .unknown),
    ])
    func votes(_ states: [CheckState], _ quorum: Quorum, _ expected: CheckState) {
        // A vote that is open for want of voices leaves a new check unknown.
        #expect(verdict(states, quorum)?.state == expected)
    }

    @Test func isClosedByTheQuorumThatOpenedIt() throws {
        let down = try #require(verdict([.down, .down, .up], .majority))
        #expect(down.state == .down && down.needed == 2 && down.locations == 3)
        // One location that sees it well again is not enough to say so for all; two are.
        let half = try #require(verdict([.down, .up, .unknown], .majority, before: down))
        #expect(half.state == .down)
        let over = try #require(verdict([.down, .up, .up], .majority, before: half))
        #expect(over.state == .up)
        #expect(over.advisory == "l0: no answer at 0", "a minority is shown, not silenced")
    }

    @Test func beginsWithTheVoiceThatMadeTheDifference() throws {
        let before = try #require(verdict([.up, .up, .up], .majority))
        let down = try #require(verdict([.up, .down, .down], .majority, before: before))
        #expect(down.since == Timestamp(seconds: 1_800_000_002))
        #expect(down.reason == "no answer at 1")
        let later = try #require(verdict([.down, .down, .down], .majority, before: down))
        #expect(later.since == down.since, "a state that goes on keeps its beginning")
    }

    @Test func isNothingWithoutVoices() { #expect(verdict([], .majority) == nil) }
}
