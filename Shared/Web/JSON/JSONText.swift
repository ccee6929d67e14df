// SPDX-License-Identifier: Apache-2.0
// Martlet: a string inside a JSON text, checked but not yet decoded.

/// Where a checked string stands in the scanner's bytes.
public struct JSONText: Hashable, Sendable {
    /// The bytes between the quotes.
    public let range: Range<Int>
    /// Whether they hold an escape, so that they differ from the string that they stand for.
    public let hasEscapes: Bool
}
