// SPDX-License-Identifier: Apache-2.0
// Martlet: DNS messages (RFC 1035): writing a question and reading an answer.

/// An answer, as far as probes look at it.
struct DNSMessage: Sendable, Equatable {
    /// What is asked.
    struct Question: Sendable, Equatable {
        var name: DNSName
        var type: DNSRecordType

        /// A query with recursion wanted.
        func wire(id: UInt16) -> [UInt8] {
            var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
            bytes += name.wire
            bytes += [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 255), 0, 1]
            return bytes
        }
    }

    /// More records than this are not read.
    static let mostRecords = 512

    var rcode: Int
    var isTruncated: Bool
    /// Those of the answer section that can be read, in order.
    var answers: [DNSRecord]

    /// Reads an answer; nil when it answers another question or id, and is none of our business.
    init?(_ bytes: [UInt8], id: UInt16, question: Question) throws(DNSFault) {
        guard bytes.count >= 12, Self.number(bytes, 0) == Int(id), bytes[2] & 0x80 != 0 else { return nil }
        guard bytes[2] & 0x78 == 0 else { throw DNSFault("the answer is of another kind than the question") }
        rcode = Int(bytes[3] & 0x0F)
        isTruncated = bytes[2] & 0x02 != 0
        answers = []
        var offset = 12
        let questions = Self.number(bytes, 4)
        // A server that understood nothing may leave the question out.
        if questions == 0, rcode != 0 { return }
        guard questions == 1 else { return nil }
        let name = try DNSName(bytes, at: &offset)
        guard offset + 4 <= bytes.count else { throw DNSFault("the question runs over the end") }
        let isOurs = name.isSame(as: question.name) && Self.number(bytes, offset) == Int(question.type.rawValue)
        guard isOurs, Self.number(bytes, offset + 2) == 1 else { return nil }
        offset += 4
        do throws(DNSFault) {
            for _ in 0..<min(Self.number(bytes, 6), Self.mostRecords) {
                if let record = try DNSRecord(bytes, at: &offset) { answers.append(record) }
            }
        } catch {
            // What was cut off is asked for again over TCP.
            guard isTruncated else { throw error }
        }
    }

    /// `NOERROR`, `NXDOMAIN` and so on.
    var rcodeName: String {
        let names = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
        return rcode < names.count ? names[rcode] : "RCODE\(rcode)"
    }

    /// 16 bits in network order; the caller has checked the bounds.
    static func number(_ bytes: [UInt8], _ offset: Int) -> Int { Int(bytes[offset]) << 8 | Int(bytes[offset + 1]) }
}
