// SPDX-License-Identifier: Apache-2.0
// Martlet: a YAML file as values that know where they stand.

internal import YAML

/// A value and its place.
struct YAMLValue: Sendable {
    /// What kinds of value there are; every scalar is kept as text, so that `1e3` or `no` means what the reader of the field says.
    enum Content: Sendable {
        case scalar(String, isNull: Bool)
        case list([YAMLValue])
        case map([(name: String, value: YAMLValue)])
    }

    var content: Content
    var place: YAMLPlace

    /// What kind it is, for people.
    var kind: String {
        switch content {
        case .scalar(_, let isNull): isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// Parses a file's text; nil after adding a problem when it is not YAML, or larger than it may be.
    static func parse(_ text: String, _ problems: ProblemList) -> YAMLValue? {
        let (whole, limits) = (YAMLPlace(line: nil, path: ""), YAMLLimits())
        do throws(YAMLError) {
            // An empty file is an empty map: every setting has a default.
            guard let node = try YAMLNode.parse(text.utf8, limits: limits) else {
                return YAMLValue(content: .map([]), place: whole)
            }
            return make(node, YAMLPlace(line: node.line, path: ""), problems)
        } catch {
            let isTooLarge = error.code == .tooLarge
            let allowed =
                isTooLarge
                ? "\(limits.values) values, \(limits.levels) levels, names of \(limits.nameBytes) bytes" : "YAML 1.1"
            problems.add(YAMLPlace(line: error.line, path: ""), error.message, allowed: allowed)
            return nil
        }
    }

    private static func make(_ node: YAMLNode, _ place: YAMLPlace, _ problems: ProblemList) -> YAMLValue {
        switch node.content {
        case .scalar(let text, _): return YAMLValue(content: .scalar(text, isNull: node.isNull), place: place)
        case .list(let nodes):
            let values = nodes.enumerated().map { index, node in
                make(node, place.element(index, line: node.line), problems)
            }
            return YAMLValue(content: .list(values), place: place)
        case .map(let inner):
            var members: [(name: String, value: YAMLValue)] = []
            for member in inner {
                guard let name = member.name.text else {
                    problems.add(place, "a name is not a text", allowed: "names of letters, digits and _")
                    continue
                }
                members.append((name, make(member.value, place.member(name, line: member.name.line), problems)))
            }
            return YAMLValue(content: .map(members), place: place)
        }
    }
}
