// SPDX-License-Identifier: Apache-2.0
// Martlet: a small HTTP/1.1 client for loopback: keep-alive, deadlines, and no retries of its own.

/// A connection that is opened when it is needed and kept while the server keeps it; for one thread.
final class ClusterHTTP {
    private var port = 0
    /// How many requests went over the open connection.
    private var requests = 0
    private var socket: ClusterSocket?

    /// Whether the next request to a port would go over a connection that is open.
    func isConnected(to port: Int) -> Bool {
        if socket != nil, self.port == port { return true }
        return false
    }

    func close() { socket = nil }

    /// Sends a request and reads its answer; any failure closes the connection.
    func exchange(_ request: ClusterRequest, port: Int, within limit: Duration)
        throws(ClusterSocketFailure)
        -> ClusterReply
    {
        let deadline = ContinuousClock.now + limit
        // What the server has closed in the meantime is noticed before a byte is sent.
        if self.port != port || socket?.isStale ?? false { socket = nil }
        self.port = port
        let connection: ClusterSocket
        if let kept = socket.take() {
            connection = kept
        } else {
            connection = try ClusterSocket(port: port, until: deadline)
            requests = 0
        }
        requests += 1
        let bytes = request.bytes
        do throws(ClusterSocketFailure) {
            try connection.send(bytes, until: deadline)
            let reply = try Self.read(connection, sent: bytes.count, until: deadline)
            if !reply.closes { socket = consume connection }
            return reply
        } catch {
            let place = "request \(requests) of a connection to port \(port)"
            throw ClusterSocketFailure(reason: error.reason, sent: error.sent, detail: "\(error.detail), \(place)")
        }
    }

    private static func read(
        _ socket: borrowing ClusterSocket,
        sent: Int,
        until deadline: ContinuousClock.Instant
    ) throws(ClusterSocketFailure) -> ClusterReply {
        var buffer: [UInt8] = []
        var headEnd: Int?
        while headEnd == nil {
            let from = max(0, buffer.count - 3)
            try socket.receive(into: &buffer, until: deadline, sent: sent)
            headEnd = end(of: buffer, from: from)
        }
        let head = String(decoding: buffer[..<(headEnd ?? 0)], as: UTF8.self).split(separator: "\r\n")
        let words = head.first?.split(separator: " ") ?? []
        guard words.count >= 2, let status = Int(words[1]) else {
            throw ClusterSocketFailure(reason: .malformed, sent: sent, detail: "no status line")
        }
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        guard let length = headers["content-length"].flatMap({ Int($0) }) else {
            throw ClusterSocketFailure(reason: .malformed, sent: sent, detail: "no content length")
        }
        let start = (headEnd ?? 0) + 4
        while buffer.count < start + length {
            try socket.receive(into: &buffer, until: deadline, sent: sent)
        }
        return ClusterReply(
            status: status,
            headers: headers,
            body: String(decoding: buffer[start..<(start + length)], as: UTF8.self)
        )
    }

    private static func end(of buffer: [UInt8], from: Int) -> Int? {
        guard buffer.count >= 4 else { return nil }
        return (from...(buffer.count - 4)).first {
            buffer[$0] == 13 && buffer[$0 + 1] == 10 && buffer[$0 + 2] == 13 && buffer[$0 + 3] == 10
        }
    }
}
