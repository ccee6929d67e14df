// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that checks are shared evenly, and move only when their owner goes.

import Testing

@testable import Health

@Suite struct AssignmentTests {
    private let checks = (0..<1_000).map { "check-\($0)" }

    @Test func everyCheckHasOneOwnerAndAllDoTheirShare() {
        let members: [Int64] = [3, 7_000_000_000, 12]
        let shares = members.map { Assignment.share(of: $0, among: members, of: checks) }
        #expect(shares.map(\.count).reduce(0, +) == 1_000 && Set(shares.flatMap { $0 }).count == 1_000)
        #expect(shares.allSatisfy { (233...433).contains($0.count) }, "\(shares.map(\.count))")
        #expect(Assignment.owner(of: "a", among: []) == nil)
    }

    @Test func whoLeavesMovesNothingElse() {
        let before = checks.map { Assignment.owner(of: $0, among: [1, 2, 3]) }
        let after = checks.map { Assignment.owner(of: $0, among: [3, 1]) }
        for (old, new) in zip(before, after) where old != 2 { #expect(old == new) }
        #expect(!after.contains(2))
    }
}
