// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module: what is wrong with a text, and in which line.

/// Why a text is not taken.
public struct YAMLError: Error, Sendable, CustomStringConvertible {
    /// An open set of kinds of failure; compare with `==`, never exhaustively.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable name, as shown in logs.
        public let description: String

        private init(_ name: String) { description = name }

        /// The text is not YAML, or more than one document.
        public static let syntax = Code("syntax")
        /// A map has a name twice.
        public static let duplicate = Code("duplicate")
        /// There are more values, or deeper ones, than ``YAMLLimits`` allow.
        public static let tooLarge = Code("too_large")
    }

    /// The kind of failure.
    public let code: Code
    /// One clause for people, such as `the file is not YAML: did not find expected ',' or ']'`.
    public let message: String
    /// The line, from 1; nil when the text as a whole is meant.
    public let line: Int?

    init(_ code: Code, _ message: String, line: Int?) {
        self.code = code
        self.message = message
        self.line = line
    }

    /// `line 3: …`
    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}
