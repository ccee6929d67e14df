// SPDX-License-Identifier: Apache-2.0
// Martlet: scheme, host and port of a URL, in one spelling.

/// What shares connections and a circuit breaker.
struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    let isSecure: Bool
    /// A host name in lower case, or the canonical text of an address without brackets.
    let host: String
    let port: Int
    /// The address, when the URL names one instead of a host.
    let literal: IPAddress?

    var description: String {
        let isDefault = port == (isSecure ? 443 : 80)
        let name = literal?.isIPv4 == false ? "[\(host)]" : host
        return (isSecure ? "https://" : "http://") + name + (isDefault ? "" : ":\(port)")
    }
}
