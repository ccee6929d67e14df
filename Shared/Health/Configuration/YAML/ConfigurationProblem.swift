// SPDX-License-Identifier: Apache-2.0
// Martlet: one mistake in the configuration file.

/// A mistake in the configuration file: where, what, and what is allowed.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// The file's name, as it was given.
    public var file: String
    /// The line, from 1; nil when the file as a whole is meant.
    public var line: Int?
    /// The place within the file, such as `checks[2].interval`.
    public var path: String
    /// What is wrong.
    public var problem: String
    /// What is allowed.
    public var allowed: String

    /// `health.yaml:12: checks[2].interval: "10x" is not a duration; allowed: …`
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let name = path.isEmpty ? "" : "\(path): "
        return "\(place): \(name)\(problem); allowed: \(allowed)"
    }
}
