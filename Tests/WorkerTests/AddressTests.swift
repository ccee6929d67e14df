// SPDX-License-Identifier: Apache-2.0
// Martlet: which addresses are public, and what an allow-list changes.
import TestSupport
import Jobs
import Platform
import Testing

@testable import Worker

@Suite struct AddressTests {
    static let refused = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128", "::1/128", "::/96", "::ffff:0.0.0.0/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/32",
        "2001::/23",
        "2001:db8::/32", "2002::/16", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "4000::/3",
        "8000::/1",
        "5f00::/16", "64:ff9b::7f00:0/104", "64:ff9b::a00:0/104", "64:ff9b::a9fe:0/112", "64:ff9b::c0a8:0/112",
    ]
    /// The neighbours of refused blocks: a mask that is one bit too wide or too narrow fails here.
    static let allowed = [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0", "223.255.255.255", "8.8.8.8", "1.1.1.1", "2001:200::", "2001:4860:4860::8888",
        "2001:db7:ffff::1",
        "2001:db9::", "2003::", "2606:4700:4700::1111", "2a00::1", "3ffe:ffff::1", "3fff:1000::", "64:ff9b::808:808",
    ]

    /// First, last and a hundred random addresses of every block that must be refused.
    @Test(arguments: refused)
    func refusesTheWholeBlock(text: String) throws {
        let block = try #require(AddressBlock(text))
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        var addresses = [block.base, Self.address(in: block) { 0xFF }]
        for _ in 0..<100 { addresses.append(Self.address(in: block) { UInt8.random(in: 0...255, using: &generator) }) }
        for address in addresses {
            #expect(block.contains(address))
            #expect(AddressClass(address) != .public, "\(address) of \(text), seed \(seed)")
            #expect(throws: JobFailure.self) { try AddressPolicy().check([address], host: "h", port: 443) }
        }
    }

    @Test(arguments: allowed)
    func allowsThePublicNeighbour(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressClass(address) == .public)
        try AddressPolicy().check([address], host: "h", port: 443)
    }

    @Test(arguments: [
        ("169.254.169.254", AddressClass.linkLocal), ("fd00:ec2::254", .private), ("::ffff:169.254.169.254", .embedded),
        ("::ffff:8.8.8.8", .embedded), ("2002:7f00:1::", .embedded), ("2002:808:808::", .embedded),
        ("::127.0.0.1", .embedded),
        ("255.255.255.255", .reserved), ("224.0.0.251", .multicast), ("ff02::fb", .multicast),
        ("100.100.100.200", .shared),
    ])
    func classifies(text: String, name: AddressClass) throws {
        #expect(AddressClass(try #require(IPAddress(text))) == name)
    }

    @Test func oneRefusedAddressRefusesTheHost() throws {
        let mixed = try ["8.8.8.8", "10.0.0.1"].map { try #require(IPAddress($0)) }
        #expect(throws: JobFailure.self) { try AddressPolicy().check(mixed, host: "h", port: 443) }
        #expect(throws: JobFailure.self) { try AddressPolicy().check(mixed.reversed(), host: "h", port: 443) }
        try AddressPolicy(allowing: ["10.0.0.0/24"]).check(mixed, host: "h", port: 443)
    }

    @Test func allowListIsExact() throws {
        let loopback = [try #require(IPAddress("127.0.0.1"))]
        let policy = try AddressPolicy(allowing: [
            "10.1.0.0/16", "Hooks.Internal", "*.corp.example", "fd00:1::/32", "192.168.1.7",
        ])
        try policy.check(loopback, host: "hooks.internal", port: 80)
        try policy.check(loopback, host: "a.corp.example", port: 80)
        for host in ["internal", "x.hooks.internal", "corp.example", "acorp.example", "a.corp.example.org"] {
            #expect(throws: JobFailure.self, "\(host)") { try policy.check(loopback, host: host, port: 80) }
        }
        for (text, isAllowed) in [
            ("10.1.2.3", true), ("10.2.0.0", false), ("192.168.1.7", true), ("192.168.1.8", false),
            ("fd00:1:5::", true),
            ("fd00:2::", false), ("::ffff:10.1.2.3", false),
        ] {
            let address = try #require(IPAddress(text))
            if isAllowed {
                try policy.check([address], host: "h", port: 80)
            } else {
                #expect(throws: JobFailure.self, "\(text)") { try policy.check([address], host: "h", port: 80) }
            }
        }
    }

    @Test func portsOfOtherProtocolsNeedTheAllowList() throws {
        let address = [try #require(IPAddress("8.8.8.8"))]
        for port in [22, 25, 6379, 5432] {
            #expect(throws: JobFailure.self) { try AddressPolicy().check(address, host: "h", port: port) }
            try AddressPolicy(allowing: ["8.8.8.8"]).check(address, host: "h", port: port)
            try AddressPolicy(allowing: ["h"]).check(address, host: "h", port: port)
        }
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "::1/129", "", "a b", "http://x", "127.1", "*", "*.",
        "1", "0x7f",
    ])
    func badAllowEntryIsRefused(entry: String) {
        #expect(throws: AddressPolicy.InvalidEntry.self) { try AddressPolicy(allowing: [entry]) }
    }

    private static func address(in block: AddressBlock, _ random: () -> UInt8) -> IPAddress {
        let bytes = block.base.bytes.enumerated().map { index, byte -> UInt8 in
            let bits = min(max(block.prefix - index * 8, 0), 8)
            let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
            return byte & mask | random() & ~mask
        }
        return IPAddress(bytes: bytes) ?? block.base
    }
}
