// SPDX-License-Identifier: Apache-2.0
// Martlet: a workflow of GitHub Actions as a test reads it.

import TestSupport
import Testing

/// A file of `.github/workflows`.
struct Workflow: Sendable, CustomTestStringConvertible {
    /// Its file's name, without the ending.
    let name: String
    let text: String
    let tree: YAMLTree

    init(_ path: String) throws {
        name = String(path.split(separator: "/").last?.split(separator: ".").first ?? "")
        text = try Repository.text(path)
        tree = try YAMLTree(parsing: text)
    }

    static let all = ((try? Repository.files(in: ".github/workflows", ending: ".yaml", ".yml")) ?? [])
        .compactMap { try? Workflow($0) }

    static func named(_ name: String) throws -> Workflow { try Workflow(".github/workflows/\(name).yaml") }

    var testDescription: String { name }

    /// What starts it.
    var triggers: Set<String> {
        switch tree["on"] {
        case .map(let members): Set(members.keys)
        case .list(let items): Set(items.compactMap(\.text))
        case .scalar(let trigger): [trigger]
        case .none: []
        }
    }

    /// Its jobs.
    var jobs: [(name: String, job: YAMLTree)] {
        tree["jobs"].members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The workflow of this repository that a job calls.
    static func called(by job: YAMLTree) -> String? {
        guard let uses = job["uses"].text, uses.hasPrefix("$/.github/workflows/") else { return nil }
        return uses.split(separator: "/").last?.split(separator: ".").first.map(String.init)
    }

    /// The workflows that it leads to, itself among them.
    func reachable() throws -> Set<String> {
        var found: Set = [name]
        for (_, job) in jobs {
            guard let called = Self.called(by: job) else { continue }
            found.formUnion(try Workflow.named(called).reachable())
        }
        return found
    }
}
