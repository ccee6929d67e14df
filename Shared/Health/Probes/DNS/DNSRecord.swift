// SPDX-License-Identifier: Apache-2.0
// Martlet: one record of a DNS answer.
internal import NIOCore

/// A record's data, for the types that are known here.
enum DNSRecord: Sendable, Equatable {
    case address(String, DNSRecordType)
    /// CNAME, NS or PTR.
    case name(DNSName, DNSRecordType)
    case mail(preference: Int, DNSName)
    case text(String)
    case service(priority: Int, weight: Int, port: Int, DNSName)

    /// Reads a record and moves `offset` behind it; nil for types and classes that are not known here.
    init?(_ bytes: [UInt8], at offset: inout Int) throws(DNSFault) {
        _ = try DNSName(bytes, at: &offset)
        guard offset + 10 <= bytes.count else { throw DNSFault("a record runs over the end") }
        let type = DNSRecordType(rawValue: UInt16(DNSMessage.number(bytes, offset)))
        let isInternet = DNSMessage.number(bytes, offset + 2) == 1
        let start = offset + 10
        let end = start + DNSMessage.number(bytes, offset + 8)
        guard end <= bytes.count else { throw DNSFault("a record runs over the end") }
        offset = end
        guard let type, isInternet else { return nil }
        switch type {
        case .a, .aaaa:
            guard end - start == (type == .a ? 4 : 16),
                let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes[start..<end]), port: 0),
                let text = address.ipAddress
            else { throw DNSFault("an address has the wrong length") }
            self = .address(text, type)
        case .cname, .ns, .ptr: self = .name(try Self.name(bytes, start, end), type)
        case .mx:
            guard end - start > 2 else { throw DNSFault("an MX record is too short") }
            self = .mail(preference: DNSMessage.number(bytes, start), try Self.name(bytes, start + 2, end))
        case .srv:
            guard end - start > 6 else { throw DNSFault("an SRV record is too short") }
            self = .service(
                priority: DNSMessage.number(bytes, start),
                weight: DNSMessage.number(bytes, start + 2),
                port: DNSMessage.number(bytes, start + 4),
                try Self.name(bytes, start + 6, end)
            )
        case .txt: self = .text(try Self.text(bytes, start, end))
        }
    }

    var type: DNSRecordType {
        switch self {
        case .address(_, let type), .name(_, let type): type
        case .mail: .mx
        case .text: .txt
        case .service: .srv
        }
    }

    /// As zone files write it, without the last dot of names.
    var words: String {
        switch self {
        case .address(let text, _), .text(let text): text
        case .name(let name, _): "\(name)"
        case .mail(let preference, let name): "\(preference) \(name)"
        case .service(let priority, let weight, let port, let name): "\(priority) \(weight) \(port) \(name)"
        }
    }

    private static func name(_ bytes: [UInt8], _ start: Int, _ end: Int) throws(DNSFault) -> DNSName {
        var offset = start
        let name = try DNSName(bytes, at: &offset)
        guard offset == end else { throw DNSFault("a name does not fill its record") }
        return name
    }

    /// The strings of a TXT record belong together.
    private static func text(_ bytes: [UInt8], _ start: Int, _ end: Int) throws(DNSFault) -> String {
        var text: [UInt8] = []
        var offset = start
        while offset < end {
            let next = offset + 1 + Int(bytes[offset])
            guard next <= end else { throw DNSFault("a text runs over the end of its record") }
            text += bytes[(offset + 1)..<next]
            offset = next
        }
        return String(decoding: text, as: UTF8.self)
    }
}
