// SPDX-License-Identifier: Apache-2.0
// Martlet: where a request comes from, behind proxies too.

internal import HTTPTypes
internal import Hummingbird
internal import Platform
internal import Web

enum ClientAddress {
    /// The address of the connection, or, where that is a proxy that is trusted, the last one in `X-Forwarded-For` that is none.
    static func of(_ request: Request, _ context: WebContext, trusting proxies: [AddressBlock]) -> String? {
        guard let peer = context.clientAddress, isTrusted(peer, proxies), let name = HTTPField.Name("X-Forwarded-For")
        else { return context.clientAddress }
        let hops = request.headers[values: name].flatMap { $0.split(separator: ",") }.map { hop in
            String(hop.filter { $0 != " " && $0 != "\t" })
        }
        // What stands further left was written by others.
        return hops.last { !isTrusted($0, proxies) } ?? peer
    }

    private static func isTrusted(_ text: String, _ proxies: [AddressBlock]) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return proxies.contains { $0.contains(address) }
    }
}
