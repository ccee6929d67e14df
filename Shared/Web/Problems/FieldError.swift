// SPDX-License-Identifier: Apache-2.0
// Martlet: one thing that is wrong with one part of a request.

/// What is wrong with one field, parameter or header, and what is allowed.
public struct FieldError: Hashable, Sendable {
    /// Which part of the request.
    public enum Place: Hashable, Sendable {
        /// A part of the body, by JSON pointer (RFC 6901).
        case pointer(String)
        /// A query parameter, by name.
        case parameter(String)
        /// A header, by name.
        case header(String)
    }

    /// Which part of the request.
    public var place: Place
    /// What is wrong; no part of the value.
    public var detail: String
    /// What would be right.
    public var allowed: String?

    /// Creates an error.
    public init(_ place: Place, _ detail: String, allowed: String? = nil) {
        self.place = place
        self.detail = detail
        self.allowed = allowed
    }
}
