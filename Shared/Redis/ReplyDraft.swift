// SPDX-License-Identifier: Apache-2.0
// Martlet: the elements of a reply that is still being received.

internal import CHiredis
internal import NIOCore

/// The elements received so far, flat and in document order, with all bulk bytes in one buffer.
struct ReplyDraft {
    /// One element; bulk strings are places in ``bytes``.
    enum Node {
        case null
        case integer(Int64)
        case bulk(offset: UInt32, length: UInt32)
        case status(String)
        case error(String)
        case array(count: Int)
    }

    private let maxBytes: Int
    private var nodes: [Node] = []
    private var bytes = ByteBuffer()
    /// Why an element was refused.
    private(set) var refusal: String?

    init(maxBytes: Int) {
        self.maxBytes = min(maxBytes, Int(Int32.max))
    }

    /// Memory that these elements need.
    var heldBytes: Int { bytes.readableBytes + nodes.count * MemoryLayout<Node>.stride }

    /// The completed reply; the draft is then empty.
    mutating func takeReply() -> RedisValue {
        var cursor = 0
        let reply = nodes.withUnsafeBufferPointer { Self.next($0, &cursor, bytes) }
        nodes.removeAll(keepingCapacity: nodes.capacity <= 4096)
        if bytes.readableBytes > 0 { bytes = ByteBuffer() }
        return reply
    }

    private static func next(_ nodes: UnsafeBufferPointer<Node>, _ cursor: inout Int, _ arena: ByteBuffer) -> RedisValue
    {
        guard cursor < nodes.count else { return .null }
        let node = nodes[cursor]
        cursor += 1
        switch node {
        case .null: return .null
        case .integer(let value): return .integer(value)
        case .bulk(let offset, let length):
            return .bulk(arena.getSlice(at: Int(offset), length: Int(length)) ?? ByteBuffer())
        case .status(let text): return .status(text)
        case .error(let text): return .error(text)
        case .array(let count):
            var values: [RedisValue] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(next(nodes, &cursor, arena)) }
            return .array(values)
        }
    }

    /// Adds a string, status or error; false when the reply becomes too large.
    mutating func addString(_ text: UnsafeRawBufferPointer, type: Int32) -> Bool {
        guard admit(text.count) else { return false }
        switch type {
        case REDIS_REPLY_STATUS: nodes.append(.status(String(decoding: text, as: UTF8.self)))
        case REDIS_REPLY_ERROR: nodes.append(.error(String(decoding: text, as: UTF8.self)))
        default:
            let offset = UInt32(bytes.writerIndex)
            bytes.writeBytes(text)
            nodes.append(.bulk(offset: offset, length: UInt32(text.count)))
        }
        return true
    }

    /// Begins an array; false when its elements cannot fit.
    mutating func addArray(_ count: Int) -> Bool {
        // Every element needs a node, so a count beyond the bound can never be met.
        guard count >= 0, count <= maxBytes / MemoryLayout<Node>.stride else {
            refusal = "array larger than the bound"
            return false
        }
        return add(.array(count: count))
    }

    /// Adds an element; false when the reply becomes too large.
    mutating func add(_ node: Node) -> Bool {
        guard admit(0) else { return false }
        nodes.append(node)
        return true
    }

    private mutating func admit(_ extra: Int) -> Bool {
        guard heldBytes + extra + MemoryLayout<Node>.stride <= maxBytes else {
            refusal = "reply larger than the bound"
            return false
        }
        return true
    }
}
