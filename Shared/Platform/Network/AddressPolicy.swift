// SPDX-License-Identifier: Apache-2.0
// Martlet: decides which hosts, addresses and ports others may have us reach (the guard against server-side request forgery).

/// Public addresses are allowed; others only by an allow-list.
public struct AddressPolicy: Sendable {
    /// Ports of protocols that can be made to obey a line of an HTTP request, such as mail and Redis.
    static let refusedPorts: Set<Int> = [
        1, 7, 9, 13, 19, 20, 21, 22, 23, 25, 53, 79, 110, 111, 119, 135, 139, 143, 389, 445, 465, 512, 513, 514, 515,
        587, 636,
        993, 995, 2049, 3306, 3389, 5060, 5432, 6000, 6379, 6665, 6666, 6667, 6668, 6669, 6697, 11211, 27017,
    ]

    private var blocks: [AddressBlock] = []
    private var hosts: Set<String> = []
    private var domains: [String] = []

    /// Nothing beyond public addresses.
    public init() {}

    /// Takes addresses, CIDR blocks, host names, and `*.example.com` for every host under a domain; throws the first wrong entry.
    public init(allowing entries: [String]) throws(InvalidEntry) {
        for entry in entries {
            let name = entry.lowercased()
            if let block = AddressBlock(name) {
                blocks.append(block)
            } else if name.hasPrefix("*."), HostName.isName(name.dropFirst(2)) {
                domains.append(String(name.dropFirst(1)))
            } else if HostName.isName(name[...]), HostName.isNotNumeric(name[...]) {
                hosts.insert(name)
            } else {
                throw InvalidEntry(entry: entry)
            }
        }
    }

    /// An entry that is neither an address, a block nor a host name.
    public struct InvalidEntry: Error {
        /// The entry.
        public let entry: String
    }

    /// Whether a host was allowed by name, whatever its addresses are.
    public func trusts(host: String) -> Bool { hosts.contains(host) || domains.contains { host.hasSuffix($0) } }

    /// Why one of the addresses of a host, or the port, may not be reached; nil when all may.
    ///
    /// One refused address refuses the host: a name that mixes public and private addresses is an attack or a mistake.
    public func refusal(of addresses: [IPAddress], host: String, port: Int) -> String? {
        if trusts(host: host) { return nil }
        var isAllowedByBlock = !addresses.isEmpty
        for address in addresses where !blocks.contains(where: { $0.contains(address) }) {
            isAllowedByBlock = false
            let name = AddressClass(address)
            guard name == .public else { return "the host has a \(name.rawValue) address, which is not allowed" }
        }
        return !isAllowedByBlock && Self.refusedPorts.contains(port) ? "port \(port) is not allowed" : nil
    }
}
