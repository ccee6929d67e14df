// SPDX-License-Identifier: Apache-2.0
// Martlet: the state of a group.

import Testing

@testable import Health

@Suite struct GroupRuleTests {
    private func members(_ text: String) -> [(name: String, state: CheckState)] {
        text.enumerated().map { place, letter in
            let state: CheckState =
                switch letter {
                case "U": .up
                case "G": .degraded
                case "D": .down
                case "M": .maintenance
                default: .unknown
                }
            return ("m\(place)", state)
        }
    }

    @Test(arguments: [
        ("", CheckState.unknown), ("UUU", .up), ("UGU", .degraded), ("UGD", .down), ("U?U", .unknown), ("MUU", .up),
        ("MM", .maintenance),
    ])
    func worst(_ states: String, _ expected: CheckState) {
        #expect(GroupRule.worst.state(of: members(states)) == expected)
    }

    @Test(arguments: [
        ("UUU", CheckState.up), ("UUD", .degraded), ("UGD", .degraded), ("UDD", .down), ("UUM", .degraded),
        ("???", .unknown),
    ])
    func minimumHealthy(_ states: String, _ expected: CheckState) {
        #expect(GroupRule.minimumHealthy(degraded: 3, down: 2).state(of: members(states)) == expected)
    }

    @Test(arguments: [
        ("UU", CheckState.up), ("UD", .degraded), ("DU", .down), ("GU", .degraded), ("DD", .down), ("??", .unknown),
        ("U?", .up),
    ])
    func weighted(_ states: String, _ expected: CheckState) {
        let rule = GroupRule.weighted(weights: ["m0": 3, "m1": 1], degraded: 0.9, down: 0.5)
        #expect(rule.state(of: members(states)) == expected)
    }
}
