// SPDX-License-Identifier: Apache-2.0
// Martlet: the attributes of a span in bounded memory.
internal import Tracing

/// Attributes in the order in which they came, with a bound on their number and on each one's size.
struct SpanAttributeList: Sendable {
    private(set) var entries: [(key: String, value: SpanAttribute)] = []
    /// Attributes that found no place.
    private(set) var dropped: UInt32 = 0

    init() {}

    /// Those of a dictionary, by name, since its own order is random.
    init(_ attributes: SpanAttributes, limit: Int) { merge(attributes, limit: limit) }

    mutating func set(_ key: String, _ value: SpanAttribute, limit: Int = TraceLimits.attributes) {
        let key = Self.cut(key, TraceLimits.nameLength)
        if let index = entries.firstIndex(where: { $0.key == key }) {
            entries[index].value = Self.bounded(value)
        } else if entries.count < limit {
            entries.append((key, Self.bounded(value)))
        } else {
            dropped &+= 1
        }
    }

    /// Takes exactly what is in a dictionary; attributes that were there before keep their place.
    mutating func replace(with attributes: SpanAttributes) {
        entries.removeAll { attributes.get($0.key) == nil }
        merge(attributes, limit: TraceLimits.attributes)
    }

    private mutating func merge(_ attributes: SpanAttributes, limit: Int) {
        guard !attributes.isEmpty else { return }
        var pairs: [(key: String, value: SpanAttribute)] = []
        pairs.reserveCapacity(attributes.count)
        attributes.forEach { pairs.append(($0, $1)) }
        pairs.sort { $0.key < $1.key }
        for pair in pairs { set(pair.key, pair.value, limit: limit) }
    }

    var dictionary: SpanAttributes {
        var result = SpanAttributes([:])
        for entry in entries { result.set(entry.key, value: entry.value) }
        return result
    }

    /// A value of bounded size; what is convertible to text is converted now, since it may change later.
    static func bounded(_ value: SpanAttribute) -> SpanAttribute {
        let limit = TraceLimits.valueLength
        switch value {
        case .string(let text): return .string(cut(text, limit))
        case .stringConvertible(let item): return .string(cut("\(item)", limit))
        case .stringArray(let texts): return .stringArray(cut(texts))
        case .stringConvertibleArray(let items): return .stringArray(cut(items.lazy.map { "\($0)" }))
        case .int32Array(let numbers): return .int32Array(Array(numbers.prefix(limit / 4)))
        case .int64Array(let numbers): return .int64Array(Array(numbers.prefix(limit / 8)))
        case .doubleArray(let numbers): return .doubleArray(Array(numbers.prefix(limit / 8)))
        case .boolArray(let flags): return .boolArray(Array(flags.prefix(limit)))
        default: return value
        }
    }

    private static func cut(_ texts: some Sequence<String>) -> [String] {
        var rest = TraceLimits.valueLength
        var result: [String] = []
        for text in texts where rest > 0 && result.count < TraceLimits.valueLength / 8 {
            let text = cut(text, rest)
            rest -= text.utf8.count
            result.append(text)
        }
        return result
    }

    /// The start of a text, no longer than some bytes and cut between characters.
    static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        return String(text[..<end])
    }
}
