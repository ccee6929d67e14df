// SPDX-License-Identifier: Apache-2.0
// Martlet: the variables in which AWS' tools and platforms say where credentials are.
internal import FoundationEssentials

/// Environment variables; an empty one counts as unset.
struct AWSEnvironment: Sendable {
    private let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    /// Those of this process.
    static var process: AWSEnvironment { AWSEnvironment(ProcessInfo.processInfo.environment) }

    subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The region that AWS' own tools would take.
    var region: String? { self["AWS_REGION"] ?? self["AWS_DEFAULT_REGION"] }
}
