// SPDX-License-Identifier: Apache-2.0
// Martlet: names with `*` for any characters.

/// A name, or a pattern of names in which `*` stands for any characters, none too.
public struct NamePattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The pattern as it was written.
    public let description: String

    /// Makes a pattern.
    public init(_ pattern: String) { description = pattern }

    /// Makes a pattern.
    public init(stringLiteral value: String) { description = value }

    /// Whether a whole name fits; takes time in proportion to both lengths at most.
    public func matches(_ name: String) -> Bool {
        let (pattern, name) = (Array(description.utf8), Array(name.utf8))
        var (at, next) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while next < name.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at, next)
                at += 1
            } else if at < pattern.count, pattern[at] == name[next] {
                at += 1
                next += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                at = last.pattern + 1
                next = last.name + 1
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
