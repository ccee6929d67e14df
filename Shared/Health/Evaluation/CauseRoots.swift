// SPDX-License-Identifier: Apache-2.0
// Martlet: the deepest causes of many checks, each looked for once.

/// Remembers the deepest causes below checks during one decision, so that a decision takes a time linear in the graph and not in its paths.
struct CauseRoots: Sendable {
    /// What a cause leads to.
    private struct Chain {
        /// The cause at its end.
        var root: String
        /// How many hops away it is, on the longest path.
        var length: Int
    }

    /// By the state of the effect: whether one explains it depends on that. Nil for what is no cause.
    private var chains: [CheckState: [String: Chain?]] = [:]

    /// The deepest cause for which a condition holds on a path of causes, for each of which it holds too; nil when it holds for no direct cause.
    ///
    /// Of several, the one on the longest path; ties by the order in which they were named. What the condition says of a check and a state must not change
    /// any more once it was asked.
    mutating func root(
        of check: String,
        in graph: DependencyGraph,
        for effect: CheckState,
        where isCause: (String) -> Bool
    ) -> String? {
        var known = chains.removeValue(forKey: effect) ?? [:]
        defer { chains[effect] = known }
        func best(_ causes: [String]) -> Chain? {
            var best: Chain?
            for cause in causes {
                guard let chain = known[cause] ?? nil, chain.length > best?.length ?? -1 else { continue }
                best = chain
            }
            return best
        }
        let causes = graph.causes(of: check)
        // Without recursion: a task's stack is small. One that was entered gets its turn again behind all its causes.
        var waiting: [(name: String, isEntered: Bool)] = causes.reversed().map { ($0, false) }
        while let (name, isEntered) = waiting.popLast() {
            if isEntered {
                let next = best(graph.causes(of: name))
                known[name] = .some(
                    next.map { Chain(root: $0.root, length: $0.length + 1) } ?? Chain(root: name, length: 0)
                )
                continue
            }
            guard known[name] == nil else { continue }
            guard isCause(name) else {
                known[name] = .some(nil)
                continue
            }
            waiting.append((name, true))
            for cause in graph.causes(of: name) where known[cause] == nil { waiting.append((cause, false)) }
        }
        return best(causes)?.root
    }
}
