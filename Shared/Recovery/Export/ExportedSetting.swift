// SPDX-License-Identifier: Apache-2.0
// Martlet: a setting in an export.

/// A setting that the exporting process had; it is shown, and never applied.
public struct ExportedSetting: ExportRow {
    /// Such as `MARTLET_QUEUES`.
    public let name: String
    /// Nil for a secret, which is set and not told.
    public let value: String?

    /// Takes both over.
    public init(name: String, value: String?) { (self.name, self.value) = (name, value) }

    /// The name.
    public var key: String { name }
    /// As it stands in an environment file.
    public var title: String { value.map { "\(name)=\($0)" } ?? "\(name) (secret)" }
}
