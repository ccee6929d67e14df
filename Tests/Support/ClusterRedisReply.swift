// SPDX-License-Identifier: Apache-2.0
// Martlet: a reply of Redis, parsed from bytes that may not all be there yet.

/// A reply of Redis.
public indirect enum ClusterRedisReply: Sendable, Equatable {
    /// A status.
    case text(String)
    /// A refusal.
    case error(String)
    /// A number.
    case number(Int)
    /// A value of any bytes.
    case bytes([UInt8])
    /// Nothing.
    case null
    /// Several.
    case array([ClusterRedisReply])

    /// The elements of an array; none for all else.
    public var list: [ClusterRedisReply] { if case .array(let items) = self { items } else { [] } }

    /// The bytes of a value.
    public var data: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

    /// A status or a value as text.
    public var string: String? {
        switch self {
        case .text(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// Takes a reply from the front of what came; nil while it is not whole.
    init?(_ input: inout ArraySlice<UInt8>) {
        guard let end = input.firstIndex(of: 13), end + 1 < input.endIndex, let kind = input.first
        else { return nil }
        let line = String(decoding: input[(input.startIndex + 1)..<end], as: UTF8.self)
        var rest = input[(end + 2)...]
        switch kind {
        case UInt8(ascii: "+"): self = .text(line)
        case UInt8(ascii: "-"): self = .error(line)
        case UInt8(ascii: ":"): self = .number(Int(line) ?? 0)
        case UInt8(ascii: "$"):
            guard let length = Int(line), length >= 0 else {
                self = .null
                break
            }
            guard rest.count >= length + 2 else { return nil }
            self = .bytes(Array(rest.prefix(length)))
            rest = rest.dropFirst(length + 2)
        default:
            guard let count = Int(line), count >= 0 else {
                self = .null
                break
            }
            var items: [ClusterRedisReply] = []
            for _ in 0..<count {
                guard let item = ClusterRedisReply(&rest) else { return nil }
                items.append(item)
            }
            self = .array(items)
        }
        input = rest
    }
}
