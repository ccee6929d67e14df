// SPDX-License-Identifier: Apache-2.0
// Martlet: a queue in an export.

/// A queue; all there is to it is its name.
public struct ExportedQueue: ExportRow {
    /// Its name.
    public let name: String

    /// The name.
    public var key: String { name }
    /// The name.
    public var title: String { name }

    /// Names one.
    public init(name: String) { self.name = name }
}
