// SPDX-License-Identifier: Apache-2.0
// Martlet: which headers a job may set, and with which bytes.
internal import Jobs

/// Refuses headers that would break the framing of the request or fake what Martlet says about itself.
enum HeaderRules {
    static let most = 64
    static let longestName = 256
    static let mostBytes = 16 << 10

    /// Names that only the client may set, or that speak to the next hop alone.
    private static let refused: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate", "te", "trailer", "upgrade", "expect", "http2-settings",
    ]
    private static let ownPrefixes = ["webhook-", "martlet-"]

    /// Throws a permanent failure that names the header.
    static func check(_ headers: [(name: String, value: String)]) throws(JobFailure) {
        var bytes = 0
        for (name, value) in headers {
            let field = "headers.\(name.prefix(64).filter { $0.isASCII && !$0.isWhitespace })"
            guard !name.isEmpty, name.utf8.count <= longestName, name.utf8.allSatisfy(isTokenByte) else {
                throw ArgumentFields.refusal(field, "is not a header name")
            }
            guard value.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
                throw ArgumentFields.refusal(field, "holds control characters")
            }
            let lower = name.lowercased()
            if refused.contains(lower) { throw ArgumentFields.refusal(field, "must not be set") }
            if ownPrefixes.contains(where: { lower.hasPrefix($0) }) {
                throw ArgumentFields.refusal(field, "is set by Martlet itself")
            }
            bytes += name.utf8.count + value.utf8.count + 4
        }
        guard bytes <= mostBytes else {
            throw ArgumentFields.refusal("headers", "have more than \(mostBytes) bytes in all")
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
