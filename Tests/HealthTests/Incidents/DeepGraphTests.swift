// SPDX-License-Identifier: Apache-2.0
// Martlet: decisions over ten thousand checks that rest on one another.

import Platform
import Testing

@testable import Health

@Suite struct DeepGraphTests {
    private static let count = 10_000
    private static let now = Timestamp(seconds: 1_800_000_000)
    /// What a busy machine that builds without optimisation gets; quadratic took minutes.
    private static let patience: Duration = .seconds(20)

    /// A chain, each check on the one before it.
    private func evidence(
        timeout: (Int) -> Duration = { _ in .seconds(2) },
        _ verdict: (Int) -> (state: CheckState, age: Duration)
    ) -> IncidentBook.Evidence {
        var verdicts: [String: Verdict] = [:]
        var rules: [String: IncidentRules] = [:]
        var edges: [String: [String]] = [:]
        for number in 0..<Self.count {
            let name = "c\(number)"
            let (state, age) = verdict(number)
            let at = Self.now + (.zero - age)
            let observation = Observation(
                check: name,
                location: "here",
                state: state,
                since: at,
                failingSince: state.isBad ? at : nil,
                at: at
            )
            verdicts[name] = Verdict([observation], quorum: .majority, before: nil)
            rules[name] = IncidentRules(name: name, interval: .seconds(10), timeout: timeout(number))
            edges[name] = number == 0 ? [] : ["c\(number - 1)"]
        }
        return IncidentBook.Evidence(verdicts: verdicts, rules: rules, graph: DependencyGraph(edges))
    }

    @Test func aChainThatIsAllDownHasOneIncident() {
        let evidence = evidence { _ in (.down, .zero) }
        var book = IncidentBook()
        let start = ContinuousClock.now
        for second in 0..<3 { _ = book.evaluate(evidence, at: Self.now + .seconds(second)) }
        #expect(ContinuousClock.now - start < Self.patience)
        #expect(Array(book.open.keys) == ["c0"] && book.suppressed.count == Self.count - 1)
        #expect(Set(book.suppressed.values) == ["c0"])
    }

    /// What everyone rests on was not looked at since they failed: each waits for it.
    @Test func manyThatWaitForTheirCausesAreNoTrouble() {
        let evidence = evidence { number in
            number % 2 == 1 ? (.down, .seconds(1)) : (.up, number == 0 ? .seconds(60) : .zero)
        }
        var book = IncidentBook()
        let start = ContinuousClock.now
        #expect(book.evaluate(evidence, at: Self.now).isEmpty)
        #expect(book.evaluate(evidence, at: Self.now + .seconds(3)).isEmpty)
        // Twice the longest timeout, and a second, from the failure on.
        let opened = book.evaluate(evidence, at: Self.now + .seconds(4))
        #expect(opened.count == Self.count / 2 && opened.allSatisfy { $0.kind == .opened })
        #expect(ContinuousClock.now - start < Self.patience)
    }
}
