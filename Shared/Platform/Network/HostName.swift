// SPDX-License-Identifier: Apache-2.0
// Martlet: which texts are host names; stricter than DNS, so that no two parsers can read one text differently.

/// Checks of host names in lower case.
public enum HostName {
    /// Labels of 1 to 63 letters, digits, `-` and `_`, at most 253 bytes in all.
    public static func isName(_ text: Substring) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                        UInt8(ascii: "-"),
                        UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
    }

    /// Whether a name cannot be meant as an IPv4 address: `2130706433`, `0x7f.1` and `127.1` are such to some resolvers.
    public static func isNotNumeric(_ name: Substring) -> Bool {
        guard let last = name.split(separator: ".").last else { return false }
        if last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) { return false }
        return !(last.hasPrefix("0x") && last.dropFirst(2).allSatisfy(\.isHexDigit))
    }
}
