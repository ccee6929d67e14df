// SPDX-License-Identifier: Apache-2.0
// Martlet: a value of YAML, found by its path.

import YAML

/// A value, or nothing: a path that names nothing gives a tree that is empty.
indirect enum YAMLTree: Sendable, Equatable, CustomStringConvertible {
    case none
    case scalar(String)
    case list([YAMLTree])
    case map([String: YAMLTree])

    init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let text, _): self = node.isNull ? .none : .scalar(text)
        case .list(let items): self = .list(items.map { YAMLTree($0) })
        case .map(let members):
            self = .map(Dictionary(members.map { ($0.name.text ?? "", YAMLTree($0.value)) }) { $1 })
        }
    }

    /// Reads one document.
    init(parsing text: String) throws {
        guard let node = try YAMLNode.parse(text.utf8) else {
            self = .none
            return
        }
        self = YAMLTree(node)
    }

    /// What a path names, its parts between dots; numbers are places in lists.
    subscript(path: String) -> YAMLTree {
        path.split(separator: ".").reduce(self) { $0.member(String($1)) }
    }

    /// A member whose name may hold dots.
    func member(_ name: String) -> YAMLTree {
        switch self {
        case .map(let members): return members[name] ?? .none
        case .list(let items):
            guard let place = Int(name), items.indices.contains(place) else { return .none }
            return items[place]
        case .none, .scalar: return .none
        }
    }

    var isNone: Bool { self == .none }
    /// Text, and numbers and flags as they are written.
    var text: String? { if case .scalar(let text) = self { text } else { nil } }
    var number: Int? { text.flatMap { Int($0) } }
    var flag: Bool? { text.flatMap { Bool($0) } }
    var items: [YAMLTree] { if case .list(let items) = self { items } else { [] } }
    var members: [String: YAMLTree] { if case .map(let members) = self { members } else { [:] } }
    /// The members that are text.
    var texts: [String: String] { members.compactMapValues(\.text) }

    /// The same as JSON, with all scalars as texts.
    var json: String {
        switch self {
        case .none: "null"
        case .scalar(let text): Self.quoted(text)
        case .list(let items): "[\(items.map(\.json).joined(separator: ", "))]"
        case .map(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)): \($0.value.json)" }.joined(separator: ", "))}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let inner = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\t": "\\t"
            default: String(scalar)
            }
        }.joined()
        return "\"\(inner)\""
    }

    var description: String {
        switch self {
        case .none: "nothing"
        case .scalar(let text): text
        case .list(let items): "[\(items.map(\.description).joined(separator: ", "))]"
        case .map(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
        }
    }
}
