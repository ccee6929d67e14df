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

    @Test func theLongestPathCountsWhicheverWayIsLookedFirst() {
        // The short way to `d` is named first; the long one leads to it over `b` and `c`.
        let graph = DependencyGraph([
            "a": ["d", "b"], "b": ["c"], "c": ["d"], "d": ["e"], "e": [], "f": ["a", "x"], "x": [],
        ])
        #expect(graph.root(of: "a") { _ in true } == "e")
        #expect(graph.root(of: "a") { $0 != "e" && $0 != "d" } == "c")
        #expect(graph.root(of: "f") { $0 == "x" || $0 == "a" } == "a", "ties by the order in which they were named")
    }

    /// Every check rests on the ten before it: a hundred thousand edges, and a chain ten thousand deep.
    @Test func tenThousandChecksInADeepGraphAreNoTrouble() {
        var edges: [String: [String]] = ["c0": []]
        for number in 1..<10_000 { edges["c\(number)"] = (max(0, number - 10)..<number).reversed().map { "c\($0)" } }
        let start = ContinuousClock.now
        #expect(DependencyGraph.circle(in: edges) == nil)
        let deep = DependencyGraph(edges)
        #expect(deep.root(of: "c9999") { _ in true } == "c0")
        #expect(deep.causesFirst.first == "c0" && deep.causesFirst.last == "c9999")
        edges["c0"] = ["c9999"]
        let circle = DependencyGraph.circle(in: edges)
        #expect(circle?.count == 10_001 && circle?.first == circle?.last)
        // Quadratic took minutes; a busy machine that builds without optimisation gets this much.
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
