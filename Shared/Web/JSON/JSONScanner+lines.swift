// SPDX-License-Identifier: Apache-2.0
// Martlet: newline-delimited JSON: one text on each line.

extension JSONScanner {
    /// A scanner for the next line that holds more than white space, and passes over it; nil when there is none.
    public mutating func nextLine() -> JSONScanner? {
        while offset < end {
            let start = offset
            while offset < end, bytes[offset] != 0x0A { offset += 1 }
            let line = start..<offset
            if offset < end { offset += 1 }
            if bytes[line].contains(where: { !Self.isWhitespace($0) }) { return JSONScanner(bytes, in: line) }
        }
        return nil
    }
}
