// SPDX-License-Identifier: Apache-2.0
// Martlet: cuts what a mail server sends into replies (RFC 5321 4.2), with bounds.

/// Collects bytes until a reply is complete.
struct SMTPReplyParser {
    /// RFC 5321 allows 512; some servers write more.
    static let longestLine = 2_000
    static let mostLines = 100

    /// Bytes that are no reply.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    private var buffer: [UInt8] = []
    private var lines: [String] = []
    private var code: Int?

    /// Whether bytes are left that nobody has looked at, or half a reply.
    var isEmpty: Bool { buffer.isEmpty && lines.isEmpty }

    /// Takes bytes; they are bounded by the next call of ``next()``, which must follow.
    mutating func append(_ bytes: some Sequence<UInt8>) { buffer += bytes }

    /// The next complete reply, nil when there is none yet.
    mutating func next() throws(Malformed) -> SMTPReply? {
        while let end = buffer.firstIndex(of: 0x0A) {
            var line = buffer[..<end]
            if line.last == 0x0D { line.removeLast() }
            guard line.count <= Self.longestLine else { throw Malformed(reason: "a line is too long") }
            let reply = try take(Array(line))
            buffer.removeFirst(end + 1)
            if let reply { return reply }
        }
        guard buffer.count <= Self.longestLine else { throw Malformed(reason: "a line is too long") }
        return nil
    }

    private mutating func take(_ line: [UInt8]) throws(Malformed) -> SMTPReply? {
        guard line.count >= 3, line[..<3].allSatisfy({ (0x30...0x39).contains($0) }),
            line.count == 3 || line[3] == 0x20 || line[3] == 0x2D
        else { throw Malformed(reason: "a line has no code") }
        let number = line[..<3].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (200..<600).contains(number), code == nil || code == number else {
            throw Malformed(reason: "the code of a line is wrong")
        }
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        guard line.count > 3, line[3] == 0x2D else {
            defer { (lines, code) = ([], nil) }
            return SMTPReply(code: number, lines: lines)
        }
        guard lines.count < Self.mostLines else { throw Malformed(reason: "a reply has too many lines") }
        code = number
        return nil
    }
}
