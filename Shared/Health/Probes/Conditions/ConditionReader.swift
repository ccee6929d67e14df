// SPDX-License-Identifier: Apache-2.0
// Martlet: goes through a condition's text character by character.

/// Words, operators and operands, with their columns.
struct ConditionReader {
    private let text: [Character]
    private var position = 0

    init(_ text: String) {
        self.text = Array(text)
        skipSpace()
    }

    /// Where the next part stands, from 1.
    var column: Int { position + 1 }
    /// What is left, without space around it.
    var rest: String { String(text[position...]).trimmed }

    private mutating func skipSpace() {
        while position < text.count, text[position].isWhitespace { position += 1 }
    }

    private mutating func take(while fits: (Character) -> Bool) -> String {
        let start = position
        while position < text.count, fits(text[position]) { position += 1 }
        defer { skipSpace() }
        return String(text[start..<position])
    }

    /// Up to a space or the sign of an operator.
    mutating func word() -> String { take { !$0.isWhitespace && !"=!<>".contains($0) } }

    /// Signs such as `<=`, or a word.
    mutating func operatorText() -> String {
        guard position < text.count, "=!<>".contains(text[position]) else { return take { !$0.isWhitespace } }
        return take { "=!<>".contains($0) }
    }

    /// A text in quotes to the end; `\"` and `\\` stand for themselves.
    mutating func quoted() throws(ConditionError) -> String {
        let value = try quotedPart()
        guard position == text.count else {
            throw ConditionError("nothing may follow the closing quote", column: column)
        }
        return value
    }

    private mutating func quotedPart() throws(ConditionError) -> String {
        let start = column
        let quote = text[position]
        position += 1
        var value = ""
        while position < text.count, text[position] != quote {
            if text[position] == "\\", position + 1 < text.count { position += 1 }
            value.append(text[position])
            position += 1
        }
        guard position < text.count else {
            throw ConditionError("the quote that opens here is not closed", column: start)
        }
        position += 1
        skipSpace()
        return value
    }

    /// Values between commas; for numbers also `from..to`.
    mutating func list(for kind: ConditionSubject.Kind) throws(ConditionError) -> [ConditionOperand] {
        var operands: [ConditionOperand] = []
        while true {
            let start = column
            if position < text.count, text[position] == "\"" || text[position] == "'" {
                operands.append(ConditionOperand(quoted: try quotedPart()))
            } else {
                let part = take { $0 != "," }.trimmed
                guard !part.isEmpty else { throw ConditionError("a value is missing in the list", column: start) }
                operands.append(ConditionOperand(range: part) ?? ConditionOperand(bare: part, for: kind))
            }
            guard position < text.count else { return operands }
            guard text[position] == "," else { throw ConditionError("expected a comma", column: column) }
            position += 1
            skipSpace()
        }
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let front = drop { $0.isWhitespace }
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
