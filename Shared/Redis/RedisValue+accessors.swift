// SPDX-License-Identifier: Apache-2.0
// Martlet: convenient views of a reply.

public import NIOCore

extension RedisValue {
    /// True for a null reply.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The integer of an integer reply, or of a string that is a decimal number.
    public var int: Int64? {
        switch self {
        case .integer(let value): return value
        case .bulk(let buffer): return Int64(String(buffer: buffer))
        case .status(let text): return Int64(text)
        case .null, .error, .array: return nil
        }
    }

    /// The text of a bulk or status reply; invalid UTF-8 is repaired.
    public var string: String? {
        switch self {
        case .bulk(let buffer): return String(buffer: buffer)
        case .status(let text): return text
        case .null, .integer, .error, .array: return nil
        }
    }

    /// The bytes of a bulk reply.
    public var buffer: ByteBuffer? {
        if case .bulk(let buffer) = self { return buffer }
        return nil
    }

    /// The elements of an array reply.
    public var array: [RedisValue]? {
        if case .array(let values) = self { return values }
        return nil
    }

    /// The error of an error reply.
    public var serverError: RedisError? {
        if case .error(let text) = self { return RedisError(serverReply: text) }
        return nil
    }

    /// True for the status `OK`.
    public var isOK: Bool { self == .status("OK") }

    /// This value, or the server error that it holds.
    public func get() throws(RedisError) -> RedisValue {
        if case .error(let text) = self { throw RedisError(serverReply: text) }
        return self
    }

    /// The value of `name` in a flat array of names and values, as `XINFO` and `HGETALL` send it.
    public subscript(name: String) -> RedisValue? {
        guard case .array(let values) = self else { return nil }
        var index = 0
        while index + 1 < values.count {
            if values[index].string == name { return values[index + 1] }
            index += 2
        }
        return nil
    }

    /// What a reply of an unexpected shape is called in error messages; holds no user data.
    var kind: String {
        switch self {
        case .null: return "null"
        case .integer: return "integer"
        case .bulk: return "bulk string"
        case .status: return "status"
        case .error: return "error"
        case .array(let values): return "array of \(values.count)"
        }
    }
}
