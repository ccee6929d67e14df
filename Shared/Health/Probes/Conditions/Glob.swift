// SPDX-License-Identifier: Apache-2.0
// Martlet: patterns with * and ?.

/// `*` stands for any bytes, `?` for one character.
enum Glob {
    /// Whether all of `text` fits; the time is at most proportional to the product of both lengths.
    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (position, index) = (0, 0)
        var retry: (position: Int, index: Int)?
        while position < text.count {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                retry = (position, index + 1)
                index += 1
            } else if index < pattern.count, pattern[index] == UInt8(ascii: "?") {
                position = next(text, position)
                index += 1
            } else if index < pattern.count, pattern[index] == text[position] {
                position += 1
                index += 1
            } else if let last = retry {
                // The last star takes one more byte.
                retry = (last.position + 1, last.index)
                (position, index) = (last.position + 1, last.index)
            } else {
                return false
            }
        }
        while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
        return index == pattern.count
    }

    /// Behind the character that begins at a position of UTF-8.
    private static func next(_ text: [UInt8], _ position: Int) -> Int {
        var end = position + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }
}
