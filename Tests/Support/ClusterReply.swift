// SPDX-License-Identifier: Apache-2.0
// Martlet: an HTTP answer as a fault test reads it.

/// An answer.
public struct ClusterReply: Sendable {
    /// The status code.
    public let status: Int
    /// Header fields, their names in lower case.
    public let headers: [String: String]
    /// The body as text.
    public let body: String

    /// Whether the server will close the connection.
    var closes: Bool { headers["connection"]?.lowercased() == "close" }

    /// The texts of a member's values wherever it stands in the body: `"name":"value"`.
    public func member(_ name: String) -> String? {
        guard let start = body.firstRange(of: "\"\(name)\":\"") else { return nil }
        return body[start.upperBound...].firstIndex(of: "\"").map {
            String(body[start.upperBound..<$0])
        }
    }

    /// The job ids of an acknowledgement, of one job or of a batch.
    public var jobIDs: [Int64] {
        guard let start = body.firstRange(of: "\"ids\":[") else {
            return member("id").flatMap { Int64($0) }.map { [$0] } ?? []
        }
        let rest = body[start.upperBound...].prefix { $0 != "]" }
        return rest.split(separator: ",").compactMap { Int64($0.filter(\.isNumber)) }
    }
}
