// SPDX-License-Identifier: Apache-2.0
// Martlet: a way into a JSON value, such as `.data.items[0].name` or `.items.length`.

/// Names after dots and indexes in brackets; a last `.length` counts elements, members or characters.
struct JSONPath: Sendable, Equatable, CustomStringConvertible {
    enum Step: Sendable, Equatable {
        case member(String)
        case index(Int)
    }

    var steps: [Step]

    /// Reads what follows `json`; nil when it is not a path.
    init?(_ text: Substring) {
        steps = []
        var rest = text
        while let first = rest.first {
            rest = rest.dropFirst()
            if first == "." {
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty else { return nil }
                steps.append(.member(String(name)))
                rest = rest[name.endIndex...]
            } else if first == "[" {
                let digits = rest.prefix { $0 != "]" }
                guard let index = Int(digits), index >= 0, digits.endIndex < rest.endIndex else { return nil }
                steps.append(.index(index))
                rest = rest[rest.index(after: digits.endIndex)...]
            } else {
                return nil
            }
        }
        guard !steps.isEmpty else { return nil }
    }

    var description: String {
        steps.map { step in
            switch step {
            case .member(let name): ".\(name)"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }

    /// The value there; nil when the way leads nowhere.
    func look(into root: JSONValue) -> JSONValue? {
        var value = root
        for (position, step) in steps.enumerated() {
            switch step {
            case .member(let name):
                if let member = value[name] {
                    value = member
                } else if name == "length", position == steps.count - 1, let length = value.length {
                    value = .number(Double(length))
                } else {
                    return nil
                }
            case .index(let index):
                guard case .array(let items) = value, index < items.count else { return nil }
                value = items[index]
            }
        }
        return value
    }
}
