// SPDX-License-Identifier: Apache-2.0
// Martlet: a configuration file in an export.
internal import FoundationEssentials

/// A file; an import writes it where there is none, and never over another.
public struct ExportedFile: ExportRow {
    /// Its absolute path.
    public let path: String
    /// What it holds.
    let content: Data

    /// Takes both over.
    public init(path: String, content: [UInt8]) { (self.path, self.content) = (path, Data(content)) }

    /// The path.
    public var key: String { path }
    /// The path and the size.
    public var title: String { "\(path), \(content.count) bytes" }
}
