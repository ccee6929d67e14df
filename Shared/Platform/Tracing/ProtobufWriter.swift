// SPDX-License-Identifier: Apache-2.0
// Martlet: the binary form of protocol buffers, as far as writing traces needs it.

/// Appends fields to a message; values that are the default are left out, as proto3 does.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init() {}

    mutating func string(_ field: Int, _ text: String) {
        guard !text.isEmpty else { return }
        presentString(field, text)
    }

    /// Written even when empty, as a member of a oneof must be.
    mutating func presentString(_ field: Int, _ text: String) {
        tag(field, wire: 2)
        varint(UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// Big-endian words as a field of bytes, as ids are written.
    mutating func words(_ field: Int, _ words: UInt64...) {
        tag(field, wire: 2)
        varint(UInt64(words.count * 8))
        for word in words {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
    }

    mutating func unsigned(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        presentUnsigned(field, value)
    }

    /// Written even when zero.
    mutating func presentUnsigned(_ field: Int, _ value: UInt64) {
        tag(field, wire: 0)
        varint(value)
    }

    mutating func fixed64(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        presentFixed64(field, value)
    }

    /// Written even when zero.
    mutating func presentFixed64(_ field: Int, _ value: UInt64) {
        tag(field, wire: 1)
        for shift in stride(from: UInt64(0), through: 56, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func fixed32(_ field: Int, _ value: UInt32) {
        guard value != 0 else { return }
        tag(field, wire: 5)
        for shift in stride(from: UInt32(0), through: 24, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// A message within this one; written even when empty.
    mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, wire: 2)
        let start = bytes.count
        body(&self)
        // The length stands in front and is known only now.
        var length = ProtobufWriter()
        length.varint(UInt64(bytes.count - start))
        bytes.insert(contentsOf: length.bytes, at: start)
    }

    private mutating func tag(_ field: Int, wire: UInt64) { varint(UInt64(field) << 3 | wire) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
