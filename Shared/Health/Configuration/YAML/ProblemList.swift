// SPDX-License-Identifier: Apache-2.0
// Martlet: collects every mistake of a file before it is refused once.

internal import Synchronization

/// Collects the mistakes of one file.
final class ProblemList: Sendable {
    /// Mistakes beyond these are counted only.
    static let limit = 200

    private let file: String
    private let found = Mutex<[ConfigurationProblem]>([])

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

    /// All of them, by line.
    var all: [ConfigurationProblem] {
        found.withLock { $0 }.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }.map(\.element)
    }
}
