// SPDX-License-Identifier: Apache-2.0
// Martlet: an HTTP request as a fault test makes it.

/// A request.
public struct ClusterRequest: Sendable {
    /// The method.
    public var method = "POST"
    /// The path, with its query.
    public var path: String
    /// The body; JSON.
    public var body = ""
    /// Value of `Idempotency-Key`.
    public var key: String?
    /// The arguments of each job in it, as the ledger will keep them.
    public var args: [String] = []

    /// A question without a body.
    public static func get(_ path: String) -> ClusterRequest {
        ClusterRequest(method: "GET", path: path)
    }

    /// A request that says all in its path.
    public static func post(_ path: String) -> ClusterRequest { ClusterRequest(path: path) }

    /// One job; `fields` are more members of its object.
    public static func job(_ kind: String, args: String, fields: String = "", key: String? = nil)
        -> ClusterRequest
    {
        let more = fields.isEmpty ? "" : ",\(fields)"
        return ClusterRequest(
            path: "/v1/jobs",
            body: "{\"kind\":\"\(kind)\",\"args\":\(args)\(more)}",
            key: key,
            args: [args]
        )
    }

    /// Several jobs of a kind in one request.
    public static func batch(_ kind: String, args: [String], key: String? = nil) -> ClusterRequest {
        let jobs = args.map { "{\"kind\":\"\(kind)\",\"args\":\($0)}" }.joined(separator: ",")
        return ClusterRequest(path: "/v1/jobs/batch", body: "[\(jobs)]", key: key, args: args)
    }

    var bytes: [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if let key { text += "Idempotency-Key: \(key)\r\n" }
        if method != "GET" {
            text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        return Array("\(text)\r\n\(body)".utf8)
    }
}

extension ClusterRequest {
    /// Sends it to a port of 127.0.0.1 over a connection of its own.
    public func reply(from port: Int, within limit: Duration = .seconds(5)) async throws -> ClusterReply {
        try await ClusterThread.run { try ClusterHTTP().exchange(self, port: port, within: limit) }
    }
}
