// SPDX-License-Identifier: Apache-2.0
// Martlet: AWS Signature Version 4.
internal import Crypto
internal import NIOHTTP1
internal import Platform

/// Signs requests for one service in one region.
///
/// A request's canonical form is hashed into the string to sign; the key for it is derived from the secret, the day, the
/// region and the service. All headers of the request are signed.
struct AWSSignature {
    static let algorithm = "AWS4-HMAC-SHA256"

    let credentials: AWSCredentials
    let region: String
    let service: String

    /// Adds host, time, token and `authorization` to a request.
    ///
    /// - Parameter withPayloadHeader: Whether the body's hash also goes into `x-amz-content-sha256`, as S3 demands.
    func sign(_ request: inout AWSRequest, at time: Timestamp, withPayloadHeader: Bool) {
        let stamp = Self.stamp(time)
        request.headers.replaceOrAdd(name: "host", value: request.host)
        request.headers.replaceOrAdd(name: "x-amz-date", value: stamp)
        if withPayloadHeader { request.headers.replaceOrAdd(name: "x-amz-content-sha256", value: request.payload) }
        if let token = credentials.sessionToken {
            request.headers.replaceOrAdd(name: "x-amz-security-token", value: token.reveal())
        }
        let (canonical, names) = Self.canonical(request)
        let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
        let text = Self.stringToSign(canonical, stamp: stamp, scope: scope)
        let signature = PayloadDigest.hex(Self.code(text, key(day: stamp.prefix(8))))
        request.headers.replaceOrAdd(
            name: "authorization",
            value: "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
                + "Signature=\(signature)"
        )
    }

    /// `20130524T000000Z`.
    static func stamp(_ time: Timestamp) -> String {
        time.formatted(fractionDigits: 0).filter { $0 != "-" && $0 != ":" }
    }

    /// The canonical request, and the names of the headers in it.
    static func canonical(_ request: AWSRequest) -> (text: String, names: String) {
        var fields: [String: [String]] = [:]
        for (name, value) in request.headers where name.lowercased() != "authorization" {
            // Outer white space goes, inner becomes single spaces.
            fields[name.lowercased(), default: []].append(
                value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            )
        }
        let names = fields.keys.sorted()
        let lines = names.map { "\($0):\((fields[$0] ?? []).joined(separator: ","))\n" }.joined()
        let list = names.joined(separator: ";")
        let text = [
            request.method.rawValue, request.path, request.encodedQuery, lines, list, request.payload,
        ].joined(separator: "\n")
        return (text, list)
    }

    static func stringToSign(_ canonical: String, stamp: String, scope: String) -> String {
        [algorithm, stamp, scope, PayloadDigest(of: Array(canonical.utf8)).hex].joined(separator: "\n")
    }

    private func key(day: Substring) -> [UInt8] {
        var key = Array("AWS4\(credentials.secretAccessKey.reveal())".utf8)
        for text in [String(day), region, service, "aws4_request"] { key = Self.code(text, key) }
        return key
    }

    private static func code(_ text: String, _ key: [UInt8]) -> [UInt8] {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        code.update(data: Array(text.utf8))
        return Array(code.finalize())
    }
}
