// SPDX-License-Identifier: Apache-2.0
// Martlet: collects every mistake of a file before it is refused once.

internal import Synchronization

/// Collects the mistakes of one file.
final class ProblemList: Sendable {
    /// Mistakes beyond these are counted only.
    static let limit = 200

    private let file: String
    private let found = Mutex<[ConfigurationProblem]>([])
    private let secrets = Mutex<Set<String>>([])

    init(file: String) { self.file = file }

    /// Adds one.
    func add(_ place: YAMLPlace, _ problem: String, allowed: String) {
        let entry = ConfigurationProblem(
            file: file,
            line: place.line,
            path: place.path,
            problem: problem,
            allowed: allowed
        )
        found.withLock { if $0.count < Self.limit { $0.append(entry) } }
    }

    /// Keeps a value that came from a variable out of all messages: it may be a secret.
    func conceal(_ value: String) {
        // A message may show one word of it. Three letters are no secret, and stand in other words.
        let words = value.split { $0.isWhitespace || $0 == "\"" }.map(String.init) + [value]
        secrets.withLock { $0.formUnion(words.filter { $0.count >= 4 }) }
    }

    /// All of them, by line.
    var all: [ConfigurationProblem] {
        let secrets = secrets.withLock { $0 }.sorted { ($1.count, $0) < ($0.count, $1) }
        return found.withLock { $0 }.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }.map { entry in
            var problem = entry.element
            for secret in secrets {
                problem.problem.conceal(secret)
                problem.allowed.conceal(secret)
            }
            return problem
        }
    }
}
