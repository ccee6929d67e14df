// SPDX-License-Identifier: Apache-2.0
// Martlet: a request to AWS before and after it is signed.
internal import NIOHTTP1

/// What is signed: everything that the server sees but the body, of which it is the hash.
struct AWSRequest: Sendable {
    var method: HTTPMethod
    /// `http` or `https`.
    var scheme = "https"
    /// The host, with the port unless it is the scheme's own.
    var host: String
    /// The path, encoded, from its `/` on.
    var path: String
    /// Names and values, not encoded yet.
    var query: [(name: String, value: String)] = []
    var headers = HTTPHeaders()
    /// SHA-256 of the body, hexadecimal.
    var payload: String

    /// The query as it is signed and sent: encoded and ordered.
    var encodedQuery: String {
        query.map { ($0.name.percentEncoded(), $0.value.percentEncoded()) }.sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// The whole URL.
    var url: String { "\(scheme)://\(host)\(path)" + (query.isEmpty ? "" : "?\(encodedQuery)") }
}
