// SPDX-License-Identifier: Apache-2.0
// Martlet: holding a condition against what was found.

extension Condition {
    /// Nil when it holds; otherwise what was expected and what was found, the latter cut to 80 characters.
    func complaint(_ facts: ProbeFacts, _ json: () -> Result<JSONValue, JSONTrouble>?) -> String? {
        let fact = facts.fact(subject, json)
        return holds(fact) ? nil : "expected \(description.oneLine(limit: 90)), found \(fact.shown)"
    }

    func holds(_ fact: Fact) -> Bool {
        switch comparison {
        case .exists:
            if case .missing = fact { return false }
            return true
        case .absent:
            // A text that is no JSON is not a proof of absence.
            return fact == .missing(nil)
        case .notEqual:
            if case .missing(let why) = fact { return why == nil }
            return operands.allSatisfy { !matches(fact, $0, .equal) }
        case .notContains:
            if case .missing(let why) = fact { return why == nil }
            return operands.allSatisfy { !matches(fact, $0, .contains) }
        default:
            return operands.contains { matches(fact, $0, comparison) }
        }
    }

    /// `comparison` is none of the negative ones here: one of several values that fits is enough.
    private func matches(_ fact: Fact, _ operand: ConditionOperand, _ comparison: ConditionOperator) -> Bool {
        switch fact {
        case .missing, .structure: false
        case .null: comparison == .equal && operand.meaning == .null
        case .boolean(let truth): (comparison == .equal || comparison == .isIn) && operand.meaning == .boolean(truth)
        case .number(let number): Self.number(number, operand, comparison)
        case .duration(let duration): operand.duration.map { Self.ordered(duration, $0, comparison) } ?? false
        case .text(let text): Self.text(text, operand, comparison)
        case .list(let items): items.contains { Self.text($0, operand, comparison == .contains ? .equal : comparison) }
        }
    }

    private static func number(_ found: Double, _ operand: ConditionOperand, _ comparison: ConditionOperator) -> Bool {
        switch operand.meaning {
        case .number(let wanted) where !comparison.isText: ordered(found, wanted, comparison)
        case .range(let from, let to): found >= from && found <= to
        default: text(Fact.words(found), operand, comparison, isNumber: true)
        }
    }

    private static func text(
        _ found: String,
        _ operand: ConditionOperand,
        _ comparison: ConditionOperator,
        isNumber: Bool = false
    ) -> Bool {
        switch comparison {
        case .equal, .isIn:
            if found == operand.text { return true }
            // 7 and 7.0 are the same figure, wherever they stand; a quoted operand is a text.
            guard !isNumber, let number = ConditionOperand.number(found.trimmed) else { return false }
            switch operand.meaning {
            case .number(let wanted): return number == wanted
            case .range(let from, let to): return number >= from && number <= to
            default: return false
            }
        case .contains: return found.utf8.hasPart(operand.text.utf8)
        case .startsWith: return found.hasPrefix(operand.text)
        case .endsWith: return found.hasSuffix(operand.text)
        case .like: return Glob.matches(Array(found.utf8), Array(operand.text.utf8))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard !isNumber, let number = ConditionOperand.number(found.trimmed), let wanted = operand.number else {
                return false
            }
            return ordered(number, wanted, comparison)
        case .notEqual, .notContains, .exists, .absent: return false
        }
    }

    private static func ordered<Value: Comparable>(
        _ found: Value,
        _ wanted: Value,
        _ comparison: ConditionOperator
    ) -> Bool {
        switch comparison {
        case .equal, .isIn: found == wanted
        case .less: found < wanted
        case .lessOrEqual: found <= wanted
        case .greater: found > wanted
        case .greaterOrEqual: found >= wanted
        default: false
        }
    }
}

extension String.UTF8View {
    /// Whether `part` stands anywhere in it.
    fileprivate func hasPart(_ part: String.UTF8View) -> Bool {
        let (text, part) = (Array(self), Array(part))
        guard let first = part.first else { return true }
        guard text.count >= part.count else { return false }
        for start in 0...(text.count - part.count) where text[start] == first {
            if text[start..<(start + part.count)].elementsEqual(part) { return true }
        }
        return false
    }
}
