// SPDX-License-Identifier: Apache-2.0
// Martlet: values of a chart, written as literals.

/// A tree of values, as in a values file.
enum HelmValue: Encodable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    case text(String)
    case number(Int)
    case fraction(Double)
    case flag(Bool)
    case list([HelmValue])
    case map([String: HelmValue])
    case null

    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(floatLiteral value: Double) { self = .fraction(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(arrayLiteral elements: HelmValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, HelmValue)...) { self = .map(Dictionary(elements) { $1 }) }
    init(nilLiteral: ()) { self = .null }

    /// A tree from a dotted path: `HelmValue("api.replicas", 3)` is `{api: {replicas: 3}}`.
    init(_ path: String, _ value: HelmValue) {
        self = path.split(separator: ".").reversed().reduce(value) { .map([String($1): $0]) }
    }

    /// Both, where the other one wins.
    func merged(_ other: HelmValue) -> HelmValue {
        guard case .map(let own) = self, case .map(let theirs) = other else { return other }
        return .map(own.merging(theirs) { $0.merged($1) })
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .fraction(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .map(let values):
            var members = encoder.container(keyedBy: Name.self)
            for (name, value) in values { try members.encode(value, forKey: Name(name)) }
        case .null: try container.encodeNil()
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
