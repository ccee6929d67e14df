// SPDX-License-Identifier: Apache-2.0
// Martlet: URL encoding as Signature Version 4 wants it.

extension String {
    /// All bytes but `A-Z a-z 0-9 - . _ ~` as `%XX`; `/` stays if it separates the parts of a path.
    func percentEncoded(keepingSlashes: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: "/") where keepingSlashes: result.append(byte)
            default:
                result.append(UInt8(ascii: "%"))
                for nibble in [byte >> 4, byte & 15] { result.append(nibble + (nibble < 10 ? 0x30 : 0x37)) }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text with `%XX` as bytes; nil if it isn't well-formed.
    var percentDecoded: String? {
        var result: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                result.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue else { return nil }
            result.append(high << 4 | low)
        }
        return String(validating: result, as: UTF8.self)
    }
}

extension UInt8 {
    /// What a hexadecimal digit stands for.
    fileprivate var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
