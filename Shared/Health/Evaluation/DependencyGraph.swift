// SPDX-License-Identifier: Apache-2.0
// Martlet: which check rests on which.

/// What rests on what; without circles.
public struct DependencyGraph: Sendable {
    /// Every check's direct dependencies, in the order in which they were named.
    private let edges: [String: [String]]
    /// The other way round.
    private let dependents: [String: [String]]

    /// Draws the graph; ``circle(in:)`` must have found none.
    public init(_ edges: [String: [String]]) {
        self.edges = edges
        var dependents: [String: [String]] = [:]
        for (check, causes) in edges.sorted(by: { $0.key < $1.key }) {
            for cause in causes { dependents[cause, default: []].append(check) }
        }
        self.dependents = dependents
        causesFirst = Self.causesFirst(edges)
    }

    /// Without recursion: ten thousand checks may stand in one chain, and a task's stack is small.
    private static func causesFirst(_ edges: [String: [String]]) -> [String] {
        var order: [String] = []
        var placed: Set<String> = []
        for check in edges.keys.sorted() where placed.insert(check).inserted {
            var path: [(name: String, rest: ArraySlice<String>)] = [(check, (edges[check] ?? [])[...])]
            while let top = path.last {
                guard let next = top.rest.first else {
                    order.append(top.name)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].rest = top.rest.dropFirst()
                if placed.insert(next).inserted { path.append((next, (edges[next] ?? [])[...])) }
            }
        }
        return order
    }

    /// All checks that the graph names, every one behind those that it rests on; ties by name.
    public let causesFirst: [String]

    /// What a check rests on directly.
    public func causes(of check: String) -> [String] { edges[check] ?? [] }

    /// What rests on a check directly.
    public func effects(of check: String) -> [String] { dependents[check] ?? [] }

    /// Everything that a check rests on, nearest first, without itself.
    public func allCauses(of check: String) -> [String] {
        var found: [String] = []
        var seen: Set<String> = [check]
        var next = causes(of: check)
        while !next.isEmpty {
            let level = next.filter { seen.insert($0).inserted }
            found += level
            next = level.flatMap(causes(of:))
        }
        return found
    }

    /// The deepest cause for which a condition holds on a path of causes, for each of which it holds too; nil when it holds for no direct cause.
    ///
    /// Of several, the one on the longest path; ties by the order in which they were named. Takes a time linear in what is bad below the check.
    public func root(of check: String, where isBad: (String) -> Bool) -> String? {
        var roots = CauseRoots()
        return roots.root(of: check, in: self, for: .down, where: isBad)
    }

    /// A circle, as the checks on it in order, if there is one; looks at each edge once.
    public static func circle(in edges: [String: [String]]) -> [String]? {
        var done: Set<String> = []
        for start in edges.keys.sorted() where !done.contains(start) {
            var path: [(name: String, rest: ArraySlice<String>)] = [(start, (edges[start] ?? [])[...])]
            // Where each check stands on the path.
            var places = [start: 0]
            while let top = path.last {
                guard let next = top.rest.first else {
                    done.insert(top.name)
                    places[top.name] = nil
                    path.removeLast()
                    continue
                }
                path[path.count - 1].rest = top.rest.dropFirst()
                if let at = places[next] { return path[at...].map(\.name) + [next] }
                guard !done.contains(next) else { continue }
                places[next] = path.count
                path.append((next, (edges[next] ?? [])[...]))
            }
        }
        return nil
    }
}
