// SPDX-License-Identifier: Apache-2.0
// Martlet: what a condition compares with.
internal import Platform

/// One operand, as it was written and as what it was understood.
struct ConditionOperand: Sendable, Equatable {
    enum Meaning: Sendable, Equatable {
        case text
        case number(Double)
        case duration(Duration)
        case boolean(Bool)
        case null
        /// Both ends belong to it.
        case range(Double, Double)
    }

    /// The text without quotes.
    var text: String
    var meaning: Meaning

    /// A quoted text: never anything else.
    init(quoted text: String) {
        self.text = text
        meaning = .text
    }

    /// A bare word, understood by its form; for a subject of durations a unit is needed.
    init(bare text: String, for kind: ConditionSubject.Kind) {
        self.text = text
        switch text {
        case "true": meaning = .boolean(true)
        case "false": meaning = .boolean(false)
        case "null": meaning = .null
        default:
            if kind == .duration, Double(text) == nil, let duration = Self.duration(text) {
                meaning = .duration(duration)
            } else if let number = Self.number(text) {
                meaning = .number(number)
            } else {
                meaning = .text
            }
        }
    }

    /// `from..to`.
    init?(range text: String) {
        guard let dots = text.firstRange(of: ".."), let from = Self.number(String(text[..<dots.lowerBound])),
            let to = Self.number(String(text[dots.upperBound...])), from <= to
        else { return nil }
        self.text = text
        meaning = .range(from, to)
    }

    var number: Double? {
        if case .number(let number) = meaning { return number }
        return nil
    }

    var duration: Duration? {
        if case .duration(let duration) = meaning { return duration }
        return nil
    }

    /// A decimal number, with a percent sign if one likes; no `inf`, `nan` or hexadecimal.
    static func number(_ text: String) -> Double? {
        let bare = text.hasSuffix("%") ? String(text.dropLast()) : text
        guard bare.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(bare)
    }

    private static func duration(_ text: String) -> Duration? {
        if text.hasPrefix("-"), let duration = try? ISODuration.parseLenient(String(text.dropFirst())) {
            return .zero - duration
        }
        return try? ISODuration.parseLenient(text)
    }
}

extension String {
    /// The first place of `text`; the standard library's own search needs Foundation or regular expressions.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
