// SPDX-License-Identifier: Apache-2.0
// Martlet: which labels a selector of Kubernetes fits.

extension YAMLTree {
    /// Whether this is a `LabelSelector` that fits these labels. An empty one fits all, none at all fits nothing.
    func selects(_ labels: [String: String]) -> Bool {
        guard !isNone else { return false }
        let isFit = self["matchLabels"].texts.allSatisfy { labels[$0.key] == $0.value }
        return isFit
            && self["matchExpressions"].items.allSatisfy { expression in
                let value = expression["key"].text.flatMap { labels[$0] }
                let values = expression["values"].items.compactMap(\.text)
                return switch expression["operator"].text {
                case "In": value.map { values.contains($0) } ?? false
                case "NotIn": value.map { !values.contains($0) } ?? true
                case "Exists": value != nil
                default: value == nil
                }
            }
    }

    /// What is at the end of each path: texts, and lists and maps that are empty. A list may be an end by itself.
    func leaves(intoLists: Bool = true) -> [(path: [String], value: YAMLTree)] {
        switch self {
        case .list(let items) where intoLists && !items.isEmpty:
            items.enumerated().flatMap { number, item in item.leaves().map { (["\(number)"] + $0.path, $0.value) } }
        case .map(let members) where !members.isEmpty:
            members.sorted { $0.key < $1.key }
                .flatMap { name, member in
                    member.leaves(intoLists: intoLists).map { ([name] + $0.path, $0.value) }
                }
        case .none, .scalar, .list, .map: [([], self)]
        }
    }

    /// What is at a path whose names may hold dots.
    func at(_ path: some Sequence<String>) -> YAMLTree { path.reduce(self) { $0.member($1) } }
}
