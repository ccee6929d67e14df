// SPDX-License-Identifier: Apache-2.0
// Martlet: a YAML file as values that know where they stand.

internal import Yams

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

    /// The most values in one file.
    static let largest = 200_000
    /// The most aliases: of 20, however they refer to each other, at most 3^7 copies of a value come.
    static let mostAliases = 20
    /// The deepest nesting.
    static let deepest = 32

    /// What kind it is, for people.
    var kind: String {
        switch content {
        case .scalar(_, let isNull): isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// Parses a file's text; nil after adding a problem when it is not YAML, or refers to itself without end.
    static func parse(_ text: String, _ problems: ProblemList) -> YAMLValue? {
        // The library unfolds them before we can count: a few lines of aliases of aliases would take for ever.
        guard aliases(in: text) <= mostAliases else {
            problems.add(
                YAMLPlace(line: nil, path: ""),
                "the file has more than \(mostAliases) aliases",
                allowed: "at most \(mostAliases) of the form *name"
            )
            return nil
        }
        let node: Node
        do {
            // An empty file is an empty map: every setting has a default.
            guard let parsed = try compose(yaml: text) else {
                return YAMLValue(content: .map([]), place: YAMLPlace(line: nil, path: ""))
            }
            node = parsed
        } catch {
            let (line, reason) = explain(error)
            problems.add(YAMLPlace(line: line, path: ""), reason, allowed: "YAML 1.1")
            return nil
        }
        var count = 0
        return make(node, YAMLPlace(line: node.mark?.line, path: ""), 0, &count, problems)
    }

    /// How many aliases there may be; some of what is counted may stand in quotes.
    private static func aliases(in text: String) -> Int {
        var count = 0
        var before: UInt8 = 0x0A
        var isStar = false
        for byte in text.utf8 {
            if isStar, byte > 0x20, byte != UInt8(ascii: ",") { count += 1 }
            isStar = byte == UInt8(ascii: "*") && (before <= 0x20 || "[{,:-?".utf8.contains(before))
            before = byte
        }
        return count
    }

    private static func make(
        _ node: Node,
        _ place: YAMLPlace,
        _ depth: Int,
        _ count: inout Int,
        _ problems: ProblemList
    ) -> YAMLValue? {
        count += 1
        // Anchors make a small file large: what they stand for is counted each time.
        guard count <= largest, depth <= deepest else {
            if count == largest + 1 || depth == deepest + 1 {
                problems.add(
                    place,
                    "the file is too large or too deep",
                    allowed: "\(largest) values, \(deepest) levels"
                )
                count = largest + 2
            }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return YAMLValue(content: .scalar(scalar.string, isNull: isNull), place: place)
        case .sequence(let nodes):
            var values: [YAMLValue] = []
            for (index, node) in nodes.enumerated() {
                guard let value = make(node, place.element(index, line: node.mark?.line), depth + 1, &count, problems)
                else { return nil }
                values.append(value)
            }
            return YAMLValue(content: .list(values), place: place)
        case .mapping(let mapping):
            var members: [(name: String, value: YAMLValue)] = []
            for (key, node) in mapping {
                guard let name = key.string else {
                    problems.add(place, "a name is not a text", allowed: "names of letters, digits and _")
                    continue
                }
                let inner = place.member(name, line: key.mark?.line)
                guard let value = make(node, inner, depth + 1, &count, problems) else { return nil }
                members.append((name, value))
            }
            return YAMLValue(content: .map(members), place: place)
        case .alias: return YAMLValue(content: .scalar("", isNull: true), place: place)
        }
    }

    private static func explain(_ error: any Error) -> (Int?, String) {
        guard let error = error as? YamlError else { return (nil, "the file is not YAML: \(error)") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return (mark.line, "the file is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.sorted().joined(separator: ", ")
            return (context.mark.line, "\(names) stands twice in the map that begins here")
        default: return (nil, "the file is not YAML: \(error)")
        }
    }
}
