// SPDX-License-Identifier: Apache-2.0
// Martlet: what rests on what.

import Testing

@testable import Health

@Suite struct DependencyGraphTests {
    private let graph = DependencyGraph([
        "web": ["api", "cdn"], "api": ["postgres", "redis"], "worker": ["postgres", "redis"], "postgres": ["disk"],
        "redis": [],
        "cdn": [], "disk": [],
    ])

    @Test func namesCausesNearestFirst() {
        #expect(graph.allCauses(of: "web") == ["api", "cdn", "postgres", "redis", "disk"])
        #expect(graph.allCauses(of: "disk") == [])
        #expect(graph.effects(of: "postgres") == ["api", "worker"])
        let order = graph.causesFirst
        #expect(Set(order) == ["web", "api", "cdn", "postgres", "redis", "worker", "disk"] && order.count == 7)
        for check in order {
            for cause in graph.allCauses(of: check) {
                #expect(
                    (order.firstIndex(of: cause) ?? 99) < (order.firstIndex(of: check) ?? 0),
                    "\(cause) before \(check)"
                )
            }
        }
    }

    @Test func findsTheDeepestCauseOnAnUnbrokenPath() {
        let all: Set = ["web", "api", "postgres", "disk", "cdn"]
        #expect(graph.root(of: "web", where: all.contains) == "disk")
        #expect(graph.root(of: "web", where: ["api", "redis"].contains) == "redis")
        // The disk is ill, but postgres between is not: so it is not the api's cause.
        #expect(graph.root(of: "web", where: ["api", "disk"].contains) == "api")
        #expect(graph.root(of: "web", where: { _ in false }) == nil)
        #expect(graph.root(of: "disk", where: { _ in true }) == nil)
    }

    @Test func findsCircles() {
        #expect(DependencyGraph.circle(in: ["a": ["b"], "b": ["c"], "c": []]) == nil)
        #expect(DependencyGraph.circle(in: ["a": ["b"], "b": ["c"], "c": ["b"]]) == ["b", "c", "b"])
        #expect(DependencyGraph.circle(in: ["a": ["a"]]) == ["a", "a"])
    }

    @Test func twoThousandChecksInAChainAreNoTrouble() {
        var edges: [String: [String]] = ["c0": []]
        for number in 1..<2_000 { edges["c\(number)"] = ["c\(number - 1)"] }
        #expect(DependencyGraph.circle(in: edges) == nil)
        let chain = DependencyGraph(edges)
        #expect(chain.root(of: "c1999") { _ in true } == "c0")
    }
}
