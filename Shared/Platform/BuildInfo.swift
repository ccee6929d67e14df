// SPDX-License-Identifier: Apache-2.0
// Martlet: which build this is: the version in the source, the commit from the environment of the image.
internal import FoundationEssentials

/// Version and commit of the running program.
public struct BuildInfo: Sendable, Hashable {
    /// The version of this source tree.
    public static let version = "0.1.0"

    /// The running program's build; the commit is read from `MARTLET_COMMIT` once.
    public static let current = BuildInfo(environment: ProcessInfo.processInfo.environment)

    /// Semantic version.
    public let version: String
    /// Git commit, or `unknown`.
    public let commit: String

    /// Reads the commit from an environment.
    public init(environment: [String: String]) {
        version = Self.version
        let commit = environment["MARTLET_COMMIT"] ?? ""
        self.commit = commit.isEmpty ? "unknown" : String(commit.prefix(64))
    }
}
