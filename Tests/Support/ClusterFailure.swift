// SPDX-License-Identifier: Apache-2.0
// Martlet: what goes wrong in the harness of fault tests, or in what it tests.

/// A failure of the harness, or a violated promise, in words.
public struct ClusterFailure: Error, CustomStringConvertible {
    /// The reason.
    public let description: String

    /// Creates a failure.
    public init(_ description: String) {
        self.description = description
    }
}
