// SPDX-License-Identifier: Apache-2.0
// Martlet: where in a file something stands.

/// A place in a file.
struct YAMLPlace: Sendable, Equatable {
    /// The line, from 1.
    var line: Int?
    /// The way to it: `checks[2].interval`.
    var path: String

    /// The place of a member.
    func member(_ name: String, line: Int?) -> YAMLPlace {
        YAMLPlace(line: line ?? self.line, path: path.isEmpty ? name : "\(path).\(name)")
    }

    /// The place of an element.
    func element(_ index: Int, line: Int?) -> YAMLPlace {
        YAMLPlace(line: line ?? self.line, path: "\(path)[\(index)]")
    }
}
