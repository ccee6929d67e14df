// SPDX-License-Identifier: Apache-2.0
// Martlet: reads answers of HTTP/1.1 with a Content-Length, which is all that the measured routes send; a whole client would cost more than the server.

import NIOCore

/// Bytes in, answers out.
struct AnswerParser: Sendable {
    private enum State {
        case head
        case body(status: Int, length: Int)
    }

    private static let headLimit = 65_536
    private static let bodyLimit = 64 << 20

    private var state = State.head
    private var buffer = ByteBuffer()

    mutating func feed(_ bytes: inout ByteBuffer) {
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeBuffer(&bytes) }
    }

    /// The next whole answer; nil until there is one.
    mutating func next() throws(BenchError) -> HTTPAnswer? {
        if case .head = state {
            guard let end = headEnd() else {
                guard buffer.readableBytes < Self.headLimit else { throw malformed("the head is too long") }
                return nil
            }
            state = try parseHead(end)
            buffer.moveReaderIndex(forwardBy: end)
        }
        guard case .body(let status, let length) = state, let body = buffer.readSlice(length: length) else {
            return nil
        }
        state = .head
        return HTTPAnswer(status: status, body: body)
    }

    /// The length of the head with its empty line.
    private func headEnd() -> Int? {
        let view = buffer.readableBytesView
        var index = view.startIndex
        while let line = view[index...].firstIndex(of: UInt8(ascii: "\n")) {
            let next = line + 1
            if next + 1 < view.endIndex, view[next] == UInt8(ascii: "\r"), view[next + 1] == UInt8(ascii: "\n") {
                return next + 2 - view.startIndex
            }
            index = next
        }
        return nil
    }

    private func parseHead(_ end: Int) throws(BenchError) -> State {
        let view = buffer.readableBytesView.prefix(end)
        guard view.count > 12 else { throw malformed("the head is too short") }
        let first = view.startIndex
        var status = 0
        for digit in view[(first + 9)..<(first + 12)] { status = status * 10 + Int(digit) - 48 }
        var index = first
        while let line = view[index...].firstIndex(of: UInt8(ascii: "\n")) {
            let length = try contentLength(view[index..<line])
            if let length { return .body(status: status, length: length) }
            index = line + 1
        }
        guard status == 204 || status == 304 else { throw malformed("there is no Content-Length") }
        return .body(status: status, length: 0)
    }

    private func contentLength(_ line: ByteBufferView) throws(BenchError) -> Int? {
        let name: StaticString = "content-length:"
        guard line.count > name.utf8CodeUnitCount, line.first.map({ $0 | 0x20 }) == UInt8(ascii: "c") else {
            return nil
        }
        guard String(decoding: line, as: UTF8.self).lowercased().hasPrefix("content-length:") else { return nil }
        let digits = line.dropFirst(name.utf8CodeUnitCount).filter { (48...57).contains($0) }
        guard let length = Int(String(decoding: digits, as: UTF8.self)), length <= Self.bodyLimit else {
            throw malformed("the Content-Length is no number that is allowed")
        }
        return length
    }

    private func malformed(_ reason: String) -> BenchError {
        BenchError(.program, "an answer can't be read: \(reason)")
    }
}
