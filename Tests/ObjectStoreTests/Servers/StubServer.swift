// SPDX-License-Identifier: Apache-2.0
// Martlet: a small HTTP server whose answers a test writes.
import Glibc
import Synchronization
import TestSupport

/// Answers each request with what a function makes of it, on threads of its own.
final class StubServer: Sendable {
    /// A request.
    struct Request: Sendable {
        let method: String
        /// Path and query.
        let target: String
        /// Names in lower case.
        let headers: [String: String]
        let body: [UInt8]
    }

    /// An answer.
    struct Answer: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// Nothing is ever answered.
        var isSilent = false
    }

    let port: Int
    private let listener: Int32
    private let answer: @Sendable (Request) -> Answer
    private let requests = Mutex<[Request]>([])
    private let isOver = Mutex(false)

    var endpoint: String { "http://127.0.0.1:\(port)" }
    /// What came, in order.
    var all: [Request] { requests.withLock { $0 } }

    /// Runs a test with a server.
    static func with(
        _ answer: @escaping @Sendable (Request) -> Answer,
        _ body: (StubServer) async throws -> Void
    ) async throws {
        let server = try StubServer(answer)
        defer { server.isOver.withLock { $0 = true } }
        try await body(server)
    }

    private init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        self.answer = answer
        port = try ClusterPort.free()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let isOpen = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen, listen(listener, 64) == 0 else { throw ClusterFailure("the stub can't listen on \(port)") }
        Task { [self] in try? await ClusterThread.run { self.serve() } }
    }

    private func serve() {
        while !isOver.withLock({ $0 }) {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 50) > 0 else { continue }
            let client = accept(listener, nil, nil)
            guard client >= 0 else { continue }
            Task { [self] in try? await ClusterThread.run { self.take(client) } }
        }
        close(listener)
    }

    private func take(_ client: Int32) {
        defer { close(client) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !isOver.withLock({ $0 }) {
            if let request = Self.parse(bytes) {
                requests.withLock { $0.append(request) }
                let answer = answer(request)
                if answer.isSilent {
                    while !isOver.withLock({ $0 }) { usleep(20_000) }
                    return
                }
                var text = "HTTP/1.1 \(answer.status) Answer\r\nconnection: close\r\n"
                for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
                if answer.headers["content-length"] == nil { text += "content-length: \(answer.body.utf8.count)\r\n" }
                let reply = Array((text + "\r\n" + (request.method == "HEAD" ? "" : answer.body)).utf8)
                _ = send(client, reply, reply.count, Int32(MSG_NOSIGNAL))
                return
            }
            let count = recv(client, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            bytes += chunk[..<count]
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Request? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let body = Array(bytes[end.upperBound...])
        guard body.count >= Int(headers["content-length"] ?? "0") ?? 0 else { return nil }
        return Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }
}
