// SPDX-License-Identifier: Apache-2.0
// Martlet: the bytes of one log line under construction, with a bound on its length.

/// A line buffer that escapes texts and stops taking them when the line is full, while its structure still closes.
struct LogLine {
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private let limit: Int

    /// Room kept for closing brackets, field names and the marker.
    private static let reserve = 1024
    private static let marker: StaticString = "…"

    init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(512)
    }

    /// Whether another value may be begun.
    var hasRoom: Bool { bytes.count < limit - Self.reserve }

    /// Appends text that needs no escape and is short by its nature.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends short text that needs no escape.
    mutating func plain(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func timestamp(_ time: Timestamp) { time.write(into: &bytes) }

    mutating func markTruncated() { isTruncated = true }

    /// Appends a JSON string with its quotes.
    mutating func json(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        escape(text, quote: true)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends text for people: control characters are shown as escapes, so that nobody can forge lines or drive the
    /// terminal.
    mutating func visible(_ text: String) { escape(text, quote: false) }

    /// Appends a value for people: quoted when it is empty or holds spaces, quotes or equal signs.
    mutating func value(_ text: String) {
        let isBare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if isBare { visible(text) } else { json(text) }
    }

    private mutating func escape(_ text: String, quote: Bool) {
        var text = text
        text.withUTF8 { source in
            var start = 0
            let end = limit - Self.reserve
            for index in source.indices {
                let byte = source[index]
                guard byte < 0x20 || byte == 0x7F || (quote && (byte == 0x22 || byte == 0x5C)) else { continue }
                guard append(source[start..<index], upTo: end) else { return }
                start = index + 1
                appendEscape(byte)
            }
            _ = append(source[start...], upTo: end)
        }
    }

    /// Appends a run; when it does not fit, cuts it at a character's border, adds the marker, and returns false.
    private mutating func append(_ run: Slice<UnsafeBufferPointer<UInt8>>, upTo end: Int) -> Bool {
        guard bytes.count + run.count > end else {
            bytes.append(contentsOf: run)
            return true
        }
        var cut = run.prefix(max(0, end - bytes.count))
        // A cut inside a character is moved to before its first byte.
        if cut.endIndex < run.endIndex {
            while !cut.isEmpty, run[cut.endIndex] & 0xC0 == 0x80 { cut = cut.dropLast() }
        }
        bytes.append(contentsOf: cut)
        raw(Self.marker)
        isTruncated = true
        return false
    }

    private mutating func appendEscape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            raw("u00")
            bytes.append(Self.hex(byte >> 4))
            bytes.append(Self.hex(byte & 15))
        }
    }

    private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
