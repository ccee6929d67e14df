// SPDX-License-Identifier: Apache-2.0
// Martlet: how a condition compares.

/// The comparisons; raw values are what is written.
enum ConditionOperator: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contains
    case notContains = "not_contains"
    case startsWith = "starts_with"
    case endsWith = "ends_with"
    case like
    case exists
    case absent
    case isIn = "in"

    /// Whether it orders, so that its operand must be a number or a duration.
    var isOrder: Bool { [.less, .lessOrEqual, .greater, .greaterOrEqual].contains(self) }
    /// Whether it is about the letters of a text.
    var isText: Bool { [.contains, .notContains, .startsWith, .endsWith, .like].contains(self) }
    /// Whether it stands alone.
    var isAlone: Bool { self == .exists || self == .absent }

    static var allowed: String { allCases.map(\.rawValue).joined(separator: " ") }
}
