// SPDX-License-Identifier: Apache-2.0
// Martlet: the address of a DNS server.
internal import FoundationEssentials

/// Where a DNS server listens.
public struct DNSServer: Sendable, Hashable {
    /// A name, an IPv4 or an IPv6 address.
    public var host: String
    /// The port; 53 by default.
    public var port: Int

    /// Makes an address.
    public init(host: String, port: Int = 53) {
        self.host = host
        self.port = port
    }

    /// Reads `10.0.0.2`, `10.0.0.2:5353`, `fd00::2` or `[fd00::2]:5353`; throws ``ProbeConfigurationError``.
    public init(_ text: String) throws(ProbeConfigurationError) {
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        if colons > 1, !text.hasPrefix("[") {
            self.init(host: text)
        } else {
            guard !text.contains("/"), let url = try? ProbeURL("http://\(text)") else {
                throw ProbeConfigurationError(
                    "server",
                    "must be an address such as 10.0.0.2, 10.0.0.2:5353 or [fd00::2]:53"
                )
            }
            self.init(host: url.host, port: text.hasSuffix(":\(url.port)") ? url.port : 53)
        }
        try Dialer.check(host: host, port: port)
    }

    /// The name servers of `/etc/resolv.conf`, at most three, as the system's resolver takes them.
    static func system(path: String = "/etc/resolv.conf") -> [DNSServer] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return [] }
        return parse(String(decoding: data.prefix(65_536), as: UTF8.self))
    }

    static func parse(_ text: String) -> [DNSServer] {
        let servers = text.split(whereSeparator: \.isNewline).compactMap { line -> DNSServer? in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return DNSServer(host: String(words[1]))
        }
        return Array(servers.prefix(3))
    }
}
