// SPDX-License-Identifier: Apache-2.0
// Martlet: why a condition cannot be read.

/// What is wrong with a condition's text, where, and what is allowed there.
public struct ConditionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what is allowed.
    public let message: String
    /// Where, in characters from 1.
    public let column: Int

    init(_ message: String, column: Int) {
        self.message = message
        self.column = column
    }

    /// The column and the message.
    public var description: String { "column \(column): \(message)" }
}
