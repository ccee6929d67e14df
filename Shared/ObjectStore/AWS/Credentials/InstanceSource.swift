// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials for an EC2 instance (IMDSv2).
internal import NIOHTTP1
internal import Platform

/// Asks the instance's metadata service: a token first, then the role's name, then its credentials.
struct InstanceSource: AWSCredentialSource {
    static let path = "/latest/meta-data/iam/security-credentials/"

    let environment: AWSEnvironment
    let http: SourceHTTP

    var name: String { "instance" }

    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            return .notSetUp("AWS_EC2_METADATA_DISABLED is true")
        }
        let endpoint = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        let token: HTTPReply
        do throws(AWSSourceTrouble) {
            token = try await http.send(
                .PUT,
                base + "/latest/api/token",
                ["x-aws-ec2-metadata-token-ttl-seconds": "21600", "content-length": "0"]
            )
        } catch {
            // Elsewhere nobody listens there, which is no failure of anything that was set up.
            return .notSetUp("no metadata service answers: \(error.message)")
        }
        guard token.isSuccess, !token.body.isEmpty else {
            return .notSetUp("the metadata service gives no token (\(token.status))")
        }
        let headers: HTTPHeaders = ["x-aws-ec2-metadata-token": String(decoding: token.body, as: UTF8.self)]
        let role = try await http.send(.GET, base + Self.path, headers)
        guard role.status != 404 else { return .notSetUp("the instance has no role") }
        let name = String(decoding: role.body.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard role.isSuccess, !name.isEmpty else {
            throw AWSSourceTrouble(message: "the metadata service answered \(role.status)", isTransient: true)
        }
        let reply = try await http.send(.GET, base + Self.path + name.percentEncoded(), headers)
        guard reply.isSuccess else {
            throw AWSSourceTrouble(message: "the metadata service answered \(reply.status)", isTransient: true)
        }
        return .credentials(try CredentialAnswer.credentials(reply.body))
    }
}
