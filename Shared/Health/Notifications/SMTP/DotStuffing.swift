// SPDX-License-Identifier: Apache-2.0
// Martlet: a mail as the DATA command carries it (RFC 5321 4.5.2).

/// Doubles the dot at the start of lines, and ends with a dot on a line of its own.
enum DotStuffing {
    /// Bare CR and LF become CRLF: servers read them differently, and that could smuggle a second mail in.
    static func encode(_ message: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(message.count + message.count / 50 + 8)
        var isAtStart = true
        var index = 0
        while index < message.count {
            let byte = message[index]
            index += 1
            switch byte {
            case 0x0D, 0x0A:
                if byte == 0x0D, index < message.count, message[index] == 0x0A { index += 1 }
                output += [0x0D, 0x0A]
                isAtStart = true
            default:
                if byte == UInt8(ascii: "."), isAtStart { output.append(byte) }
                output.append(byte)
                isAtStart = false
            }
        }
        if !isAtStart { output += [0x0D, 0x0A] }
        return output + [UInt8(ascii: "."), 0x0D, 0x0A]
    }
}
