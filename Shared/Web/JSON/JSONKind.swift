// SPDX-License-Identifier: Apache-2.0
// Martlet: the six kinds of JSON value.

/// What kind of value comes next, told by its first byte.
public enum JSONKind: String, Sendable {
    /// `{`.
    case object
    /// `[`.
    case array
    /// `"`.
    case string
    /// A digit or `-`.
    case number
    /// `true` or `false`.
    case boolean
    /// `null`.
    case null
}
