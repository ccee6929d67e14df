// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of names: given twice, given to what is wrong, and used.

import Testing

@testable import Health

extension MistakeTests {
    @Test func namesThatStandTwice() {
        expectOne(
            "checks:\n  - \(ConfigurationFixture.plain)\n  - {id: b, workers: {}}\n  - \(ConfigurationFixture.plain)",
            "4",
            "checks[2].id: \"a\" is the id of the check in line 2 already; allowed: a different one"
        )
        expectOne(
            "groups:\n  - {id: g}\n  - {id: g, name: G}",
            "3",
            "groups[1].id: \"g\" is the id of the group in line 2 already"
        )
        let receiver = "{name: r, webhook: {url: 'http://a.example'}}"
        expectOne(
            "receivers:\n  - \(receiver)\n  - \(receiver)",
            "3",
            "receivers[1].name: \"r\" is the name of the receiver in line 2 already"
        )
        let objective = "{id: s, objective: 99%, availability: {checks: a}}"
        expectOne(
            "checks: [\(ConfigurationFixture.plain)]\nslos:\n  - \(objective)\n  - \(objective)",
            "4",
            "slos[1].id: \"s\" is the id of the objective in line 3 already"
        )
        let schedule = "{name: n, receivers: [r], start: 2026-01-01}"
        expectOne(
            "receivers: [\(receiver)]\non_call:\n  - \(schedule)\n  - \(schedule)",
            "4",
            "on_call[1].name: \"n\" is the name of the schedule in line 3 already"
        )
        expectOne("page: {}\nchecks: []\npage: {}", "1", "\"page\" stands twice in the map that begins here")
        let routes = "receivers: [\(receiver)]\nroutes:\n  - {name: x, to: r}\n  - {name: x, to: r}"
        expectOne(routes, "4", "routes[1].name: \"x\" is the name of the route in line 3 already")
    }

    @Test func dependenciesMustExistAndMakeNoCircle() {
        func checks(_ edges: [(String, String)]) -> String {
            "checks:\n" + edges.map { "  - {id: \($0), depends_on: \($1), workers: {}}" }.joined(separator: "\n")
        }
        expectOne(
            checks([("alpha", "bravp"), ("bravo", "[]")]),
            "1",
            "alpha depends on bravp, which does not exist; allowed: did you mean bravo?"
        )
        expectOne(
            checks([("a", "zzzzzz")]),
            "1",
            "a depends on zzzzzz, which does not exist; allowed: the identifier of a check"
        )
        expectOne(checks([("a", "a")]), "1", "checks: a -> a is a circle; allowed: dependencies without one")
        expectOne(
            checks([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]),
            "1",
            "checks: a -> b -> c -> a is a circle"
        )
        #expect(ConfigurationFixture.mistakes(checks([("a", "[b, c]"), ("b", "d"), ("c", "d"), ("d", "[]")])).isEmpty)
    }

    @Test func oneMistakeMakesNoFalseOnes() {
        expectOne(
            """
            checks:
              - {id: bad, group: front, tcp: {host: h, port: 70000}}
              - {id: b, tcp: {host: h, port: 1}, depends_on: bad}
            slos:
              - {id: s, objective: 99%, availability: {checks: bad}}
            maintenance:
              - {title: t, checks: bad, groups: front, starts_at: 2026-01-01T00:00:00Z, ends_at: 2026-01-02T00:00:00Z}
            """,
            "2",
            "checks[0].tcp.port"
        )
        expectOne(
            """
            receivers:
              - {name: r1, webhook: {url: "https://a.example"}}
              - {name: r2, webhook: {url: nowhere}}
            on_call:
              - {name: n, receivers: [r1, r2], start: 2026-01-01}
            routes:
              - {name: x, to: [r1, r2]}
            """,
            "3",
            "receivers[1].webhook.url"
        )
        expectOne(
            """
            receivers: [{name: r, webhook: {url: "https://a.example"}}]
            on_call:
              - {name: n, receivers: r, start: someday}
            routes:
              - {name: x, to: "on-call:n"}
            """,
            "3",
            "on_call[0].start"
        )
    }

    @Test func aNameStandsTakenThoughItsFirstBearerIsWrong() {
        let found = ConfigurationFixture.mistakes(
            """
            checks:
              - {id: a, tcp: {host: h, port: 70000}}
              - {id: a, tcp: {host: h, port: 1}}
            """
        )
        #expect(found.count == 2 && found.last?.contains("\"a\" is the id of the check in line 2 already") == true)
    }
}
