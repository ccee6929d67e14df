// SPDX-License-Identifier: Apache-2.0
// Martlet: scheme, host and port of a URL, in one spelling.

/// What shares connections and a circuit breaker.
public struct HTTPOrigin: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is https.
    public let isSecure: Bool
    /// A host name in lower case, or the canonical text of an address without brackets.
    public let host: String
    /// 1...65535.
    public let port: Int
    /// The address, when the URL names one instead of a host.
    public let literal: IPAddress?

    /// Without a path, and without the default port.
    public var description: String {
        let isDefault = port == (isSecure ? 443 : 80)
        let name = literal?.isIPv4 == false ? "[\(host)]" : host
        return (isSecure ? "https://" : "http://") + name + (isDefault ? "" : ":\(port)")
    }
}
