// SPDX-License-Identifier: Apache-2.0
// Martlet: the one error of this module: a code from an open set, a message, and what caused it.

/// What went wrong in configuration, time parsing, files or process start.
///
/// `description` is for logs and consoles: it holds key names and messages, and never a secret.
public struct PlatformError: Error, Sendable, CustomStringConvertible {
    /// An open set of kinds of failure; compare with `==`, never exhaustively.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The stable name, as shown in logs.
        public let description: String

        private init(_ name: String) { description = name }

        /// One or more settings are wrong; see ``PlatformError/problems``.
        public static let configuration = Code("configuration")
        /// The process was asked for `--help` or `--version` and should print and stop.
        public static let helpRequested = Code("help_requested")
        /// A text is not the date, duration or size that it should be.
        public static let invalidText = Code("invalid_text")
        /// A file could not be read.
        public static let file = Code("file")
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence for people, without secrets.
    public let message: String
    /// The error underneath, if there was one.
    public let cause: (any Error)?
    /// All wrong settings when the code is ``Code/configuration``; otherwise empty.
    public let problems: [SettingProblem]

    /// Creates an error.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, problems: [SettingProblem] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.problems = problems
    }

    /// The error that lists every wrong setting.
    public static func configuration(_ problems: [SettingProblem]) -> PlatformError {
        let noun = problems.count == 1 ? "1 setting is wrong" : "\(problems.count) settings are wrong"
        return PlatformError(.configuration, noun, problems: problems)
    }

    /// The message, then one line for each wrong setting.
    public var description: String {
        ([message] + problems.map { "  \($0.description)" }).joined(separator: "\n")
    }
}
