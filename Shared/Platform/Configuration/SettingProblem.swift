// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing that is wrong with one setting.

/// Why a setting cannot be used, and what would be allowed.
public struct SettingProblem: Sendable, Hashable, CustomStringConvertible {
    /// The name of the environment variable, such as `APP_PORT`, whatever source the value came from.
    public let key: String
    /// What is wrong; shows the value only when the setting is not secret.
    public let problem: String
    /// What would be right.
    public let allowed: String

    /// Creates a problem.
    public init(key: String, problem: String, allowed: String) {
        self.key = key
        self.problem = problem
        self.allowed = allowed
    }

    /// `APP_PORT: "http" (environment) is not a whole number; allowed: 0...65535`.
    public var description: String { "\(key): \(problem)" + (allowed.isEmpty ? "" : "; allowed: \(allowed)") }
}
