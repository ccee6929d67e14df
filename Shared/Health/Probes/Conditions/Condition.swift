// SPDX-License-Identifier: Apache-2.0
// Martlet: one expectation of what a probe finds, such as `status in 200..299` or `latency < 300ms`.

/// A condition: `<subject> <operator> <operand>`.
///
/// ```text
/// status in 200..299        json.checks[0].name == "database"     header.content-type starts_with text/
/// latency < 300ms           certificate > 14d                      body not_contains error
/// ```
/// Subjects: `status`, `header.NAME`, `body`, `json.PATH` (dots, `[0]`, `.length`), `latency`, `certificate` (time left),
/// `value`, `count`, `exit`, `output`, `rcode`, `answers`, `loss` (percent), `info.FIELD`. Operators: `== != < <= > >=
/// contains not_contains starts_with ends_with like exists absent in`. Of `answers`, one that fits is enough, and none
/// may fit for `!=` and `not_contains`.
public struct Condition: Sendable, Equatable, CustomStringConvertible {
    let subject: ConditionSubject
    let comparison: ConditionOperator
    /// One for most operators, several for `in`, none for `exists` and `absent`.
    let operands: [ConditionOperand]
    /// The text that was read.
    public let description: String

    init(
        _ subject: ConditionSubject,
        _ comparison: ConditionOperator,
        _ operands: [ConditionOperand],
        _ description: String
    ) {
        self.subject = subject
        self.comparison = comparison
        self.operands = operands
        self.description = description
    }

    /// `status in 200..299`, the default for HTTP.
    static let successStatus = Condition(
        .status,
        .isIn,
        ConditionOperand(range: "200..299").map { [$0] } ?? [],
        "status in 200..299"
    )
}
