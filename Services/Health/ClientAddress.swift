// SPDX-License-Identifier: Apache-2.0
// Martlet: where a request comes from, behind proxies too.

internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Web

enum ClientAddress {
    /// The address of the connection, or, where that is a proxy that is trusted, the last one in `X-Forwarded-For` that is none.
    static func of(_ request: Request, _ context: WebContext, trusting proxies: [AddressBlock]) -> String? {
        guard let name = HTTPField.Name("X-Forwarded-For") else { return context.clientAddress }
        return of(peer: context.clientAddress, forwarded: request.headers[values: name], trusting: proxies)
    }

    /// The same from its parts. What is no address stands for the proxy that passed it on.
    static func of(peer: String?, forwarded: [String], trusting proxies: [AddressBlock]) -> String? {
        guard let peer, let address = address(peer) else { return peer }
        func isTrusted(_ address: IPAddress) -> Bool { proxies.contains { $0.contains(address) } }
        guard isTrusted(address) else { return address.description }
        let hops = forwarded.flatMap { $0.split(separator: ",") }.map { hop in
            Self.address(String(hop.filter { $0 != " " && $0 != "\t" }))
        }
        // What stands further left was written by others.
        let client = hops.last { hop in hop.map { !isTrusted($0) } ?? true } ?? nil
        return (client ?? address).description
    }

    /// An address with or without a port and brackets; IPv4 that is written as IPv6, as sockets for both do, is IPv4.
    private static func address(_ text: String) -> IPAddress? {
        var text = Substring(text)
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            guard isPort(text[end...].dropFirst()) else { return nil }
            text = text[..<end].dropFirst()
        } else if let colon = text.firstIndex(of: ":"), text[colon...].dropFirst().allSatisfy({ $0 != ":" }) {
            guard isPort(text[colon...]) else { return nil }
            text = text[..<colon]
        }
        guard let address = IPAddress(String(text)) else { return nil }
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        guard !address.isIPv4, address.bytes.starts(with: mapped) else { return address }
        return IPAddress(bytes: Array(address.bytes.dropFirst(12)))
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && UInt16(text.dropFirst()) != nil
    }
}
