// SPDX-License-Identifier: Apache-2.0
// Martlet: reading a condition.

extension Condition {
    /// Reads a condition; throws ``ConditionError`` with the column and what is allowed there.
    public init(parsing text: String) throws(ConditionError) {
        var reader = ConditionReader(text)
        let start = reader.column
        let word = reader.word()
        let subject = try Self.subject(word, start)
        let column = reader.column
        let symbol = reader.operatorText()
        guard let comparison = ConditionOperator(rawValue: symbol) else {
            let found = symbol.isEmpty ? "the operator is missing" : "there is no operator \(symbol.shown)"
            throw ConditionError("\(found); allowed are \(ConditionOperator.allowed)", column: column)
        }
        if comparison.isText, subject.kind != .text {
            throw ConditionError(
                "\(subject) is a \(subject.kind == .number ? "number" : "duration"), and \(symbol) is for texts; "
                    + "allowed are == != < <= > >= in exists absent",
                column: column
            )
        }
        let operandColumn = reader.column
        let operands = try Self.operands(&reader, subject, comparison)
        try Self.check(operands, subject, comparison, operandColumn)
        self.init(subject, comparison, operands, text.trimmed)
    }

    private static func subject(_ word: String, _ column: Int) throws(ConditionError) -> ConditionSubject {
        if let plain = ConditionSubject.plain.first(where: { $0.name == word }) { return plain.subject }
        if word.hasPrefix("header."), word.count > 7 { return .header(word.dropFirst(7).lowercased()) }
        if word.hasPrefix("info."), word.count > 5 { return .info(String(word.dropFirst(5))) }
        if word.hasPrefix("json") {
            guard let path = JSONPath(word.dropFirst(4)) else {
                throw ConditionError("\(word.shown) is not a path such as json.items[0].name", column: column)
            }
            return .json(path)
        }
        let found = word.isEmpty ? "the subject is missing" : "there is no subject \(word.shown)"
        throw ConditionError("\(found); allowed are \(ConditionSubject.allowed)", column: column)
    }

    private static func operands(
        _ reader: inout ConditionReader,
        _ subject: ConditionSubject,
        _ comparison: ConditionOperator
    ) throws(ConditionError) -> [ConditionOperand] {
        let column = reader.column
        let rest = reader.rest
        if comparison.isAlone {
            guard rest.isEmpty else {
                throw ConditionError("nothing may follow \(comparison.rawValue)", column: column)
            }
            return []
        }
        guard !rest.isEmpty else {
            throw ConditionError(
                "the operand is missing: a number, a duration, a text, true, false or null",
                column: column
            )
        }
        if comparison == .isIn { return try reader.list(for: subject.kind) }
        if rest.hasPrefix("\"") || rest.hasPrefix("'") { return [ConditionOperand(quoted: try reader.quoted())] }
        return [ConditionOperand(bare: rest, for: subject.kind)]
    }

    private static func check(
        _ operands: [ConditionOperand],
        _ subject: ConditionSubject,
        _ comparison: ConditionOperator,
        _ column: Int
    ) throws(ConditionError) {
        for operand in operands {
            let isRange = if case .range = operand.meaning { true } else { false }
            switch subject.kind {
            case .duration where operand.duration == nil:
                throw ConditionError(
                    "\(subject) wants a duration with its unit, such as 300ms or 14d, not \(operand.text.shown)",
                    column: column
                )
            case .number where operand.number == nil && !isRange:
                throw ConditionError("\(subject) wants a number, not \(operand.text.shown)", column: column)
            case .text where comparison.isOrder && operand.number == nil:
                throw ConditionError(
                    "\(comparison.rawValue) wants a number, not \(operand.text.shown)",
                    column: column
                )
            default: break
            }
        }
    }
}
