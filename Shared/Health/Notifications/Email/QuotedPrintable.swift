// SPDX-License-Identifier: Apache-2.0
// Martlet: text as quoted-printable (RFC 2045 6.7): ASCII, lines of at most 76 characters, ended by CRLF.

/// Encodes the text of a mail's body.
enum QuotedPrintable {
    /// The encoded text; every line end of the text becomes CRLF, and the last line has one too.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        var column = 0
        let bytes = Array(text.utf8)
        var index = 0

        func put(_ piece: [UInt8]) {
            // One place stays free for the `=` of a soft line break.
            if column + piece.count > 75 {
                output += "=\r\n".utf8
                column = 0
            }
            output += piece
            column += piece.count
        }

        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0x0A
            index += 1
            switch byte {
            case 0x0D, 0x0A:
                if byte == 0x0D, index < bytes.count, next == 0x0A { index += 1 }
                output += "\r\n".utf8
                column = 0
            case 0x09, 0x20:
                // White space at the end of a line would be lost on the way.
                put(next == 0x0A || next == 0x0D ? escape(byte) : [byte])
            case 0x3D: put(escape(byte))
            case 0x21...0x7E: put([byte])
            default: put(escape(byte))
            }
        }
        if column > 0 { output += "\r\n".utf8 }
        return output
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
