// SPDX-License-Identifier: Apache-2.0
// Martlet: a value of YAML that knows its line.

/// A value and the line where it begins; scalars stay text, so that `1e3` or `no` means what their reader says.
public struct YAMLNode: Sendable, Equatable {
    /// The kinds of value.
    public enum Content: Sendable, Equatable {
        /// A single value as it is written; plain when it stands in no quotes and no block.
        case scalar(String, isPlain: Bool)
        /// A sequence.
        case list([YAMLNode])
        /// A mapping in its order; no name stands twice.
        case map([Member])
    }

    /// A name and its value.
    public struct Member: Sendable, Equatable {
        /// The name, which may be any value.
        public let name: YAMLNode
        /// The value.
        public let value: YAMLNode
    }

    /// What it is.
    public let content: Content
    /// The line, from 1.
    public let line: Int

    /// The text of a scalar.
    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// Whether it holds nothing: empty, `~` or `null` without quotes.
    public var isNull: Bool {
        if case .scalar(let text, isPlain: true) = content {
            ["", "~", "null", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }
}
