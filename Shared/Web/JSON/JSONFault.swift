// SPDX-License-Identifier: Apache-2.0
// Martlet: why a text is not the JSON that it should be, and where.

/// What is wrong with a JSON text.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault; more may be added.
    public enum Reason: String, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd = "the text ends too early"
        /// A byte that the grammar does not allow here.
        case unexpectedByte = "this character is not allowed here"
        /// Something follows the value.
        case trailingBytes = "something follows the value"
        /// A number that the grammar does not allow, such as `01` or `1.`.
        case invalidNumber = "this is not a JSON number"
        /// An escape other than the nine that exist.
        case invalidEscape = "this escape does not exist"
        /// Half of a surrogate pair.
        case loneSurrogate = "this escape is half of a surrogate pair"
        /// A control character inside a string.
        case controlCharacter = "a control character must be escaped"
        /// Bytes that are no UTF-8.
        case invalidUTF8 = "these bytes are not UTF-8"
        /// Nested deeper than ``JSONScanner/maximumDepth``.
        case tooDeep = "values are nested deeper than 64 levels"
    }

    /// The kind of fault.
    public let reason: Reason
    /// The position of the first bad byte, from 0.
    public let offset: Int
    /// The JSON pointer (RFC 6901) of the innermost value known to the reader; empty for the whole text.
    public var pointer: String

    /// Creates a fault.
    public init(_ reason: Reason, at offset: Int, pointer: String = "") {
        self.reason = reason
        self.offset = offset
        self.pointer = pointer
    }

    /// The reason and the position; no part of the text.
    public var description: String { "\(reason.rawValue) (byte \(offset))" }
}
