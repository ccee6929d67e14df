// SPDX-License-Identifier: Apache-2.0
// Martlet: takes HTTP requests on a port of 127.0.0.1, answers each with 200 or as it is told, and remembers their bodies.

import Glibc
import Synchronization

/// A receiver of webhooks on a thread of its own.
public final class ClusterReceiver: Sendable {
    /// What came.
    public struct Request: Sendable {
        /// The request line and the header fields, in lower case.
        public let head: String
        /// The body.
        public let body: [UInt8]
    }

    /// Where it listens.
    public let port: Int
    private let descriptor: Int32
    private let requests = Mutex<[Request]>([])
    private let isOver = Mutex(false)

    private let isSilent: Bool
    private let answer: (status: String, body: String)

    /// Begins to listen; a silent one takes connections and never answers.
    public init(isSilent: Bool = false, answer: (status: String, body: String) = ("200 OK", "ok")) throws {
        self.isSilent = isSilent
        self.answer = answer
        port = try ClusterPort.free()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = ClusterSocket.loopback(port)
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen, listen(descriptor, 64) == 0 else { throw ClusterFailure("the receiver can't listen on \(port)") }
        if !isSilent { ClusterThread.start { [self] in serve() } }
    }

    /// The requests that came, in order.
    public var all: [Request] { requests.withLock { $0 } }
    /// Their bodies as texts.
    public var received: [String] { all.map { String(decoding: $0.body, as: UTF8.self) } }

    /// Ends it.
    public func end() {
        isOver.withLock { $0 = true }
        if isSilent { close(descriptor) }
    }

    private func serve() {
        while !isOver.withLock({ $0 }) {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 100) > 0 else { continue }
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { continue }
            take(connection)
            close(connection)
        }
        close(descriptor)
    }

    /// One request for each connection, within five seconds.
    private func take(_ connection: Int32) {
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 1 << 20 {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes += chunk[..<count]
            guard let end = Self.endOfHead(bytes) else { continue }
            let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
            guard let field = head.firstRange(of: "content-length: "),
                let length = Int(head[field.upperBound...].prefix { $0.isNumber })
            else { return }
            guard bytes.count >= end + 4 + length else { continue }
            let body = Array(bytes[(end + 4)...])
            requests.withLock { $0.append(Request(head: head, body: body)) }
            let fields = "Content-Length: \(answer.body.utf8.count)\r\nConnection: close"
            let answer = Array("HTTP/1.1 \(answer.status)\r\n\(fields)\r\n\r\n\(answer.body)".utf8)
            send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            return
        }
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark: [UInt8] = [13, 10, 13, 10]
        return bytes.indices.dropLast(3).first { Array(bytes[$0..<($0 + 4)]) == mark }
    }
}
