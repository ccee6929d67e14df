// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials for a Kubernetes service account (IRSA), through STS.
internal import NIOHTTP1
internal import Platform

/// Exchanges the token in `AWS_WEB_IDENTITY_TOKEN_FILE` for credentials of `AWS_ROLE_ARN`.
struct WebIdentitySource: AWSCredentialSource {
    /// Bytes of a token.
    static let longestToken = 64 << 10

    let environment: AWSEnvironment
    let http: SourceHTTP
    /// In place of `AWS_REGION`.
    let region: String?

    var name: String { "web identity" }

    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] else {
            return .notSetUp("AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        }
        guard let role = environment["AWS_ROLE_ARN"] else {
            throw AWSSourceTrouble(
                message: "AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not",
                isTransient: false
            )
        }
        // Read each time: Kubernetes replaces the token long before it ends.
        let token = try AWSSourceTrouble.text(of: file, limit: Self.longestToken)
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", environment["AWS_ROLE_SESSION_NAME"] ?? "martlet"), ("WebIdentityToken", token),
        ]
        let form = fields.map { "\($0.0)=\($0.1.percentEncoded())" }.joined(separator: "&")
        let reply = try await http.send(
            .POST,
            try endpoint() + "/",
            ["content-type": "application/x-www-form-urlencoded"],
            form
        )
        let document = try? XMLReader.parse(reply.body)
        guard reply.isSuccess else {
            let error = document?.child("Error")
            let reason = [error?["Code"], error?["Message"]].compactMap { $0 }.map { AWSFailure.shown($0) }
            let text = reason.isEmpty ? "HTTP \(reply.status)" : reason.joined(separator: ": ")
            throw AWSSourceTrouble(message: "STS refuses the role \(role): \(text)", isTransient: false)
        }
        let found = document?.child("AssumeRoleWithWebIdentityResult")?.child("Credentials")
        guard let id = found?["AccessKeyId"], let key = found?["SecretAccessKey"], let session = found?["SessionToken"]
        else { throw AWSSourceTrouble(message: "the answer of STS lacks the credentials", isTransient: false) }
        return .credentials(
            AWSCredentials(
                accessKeyID: id,
                secretAccessKey: Secret(key),
                sessionToken: Secret(session),
                expires: found?["Expiration"].flatMap { Timestamp(rfc3339: $0.utf8) }
            )
        )
    }

    /// The token must not go in the clear to another machine.
    private func endpoint() throws(AWSSourceTrouble) -> String {
        if let endpoint = environment["AWS_ENDPOINT_URL_STS"] {
            guard let url = try? TargetURL(reading: endpoint), S3Endpoint.isAllowed(url.origin) else {
                throw AWSSourceTrouble(message: "AWS_ENDPOINT_URL_STS \(S3Endpoint.clearText)", isTransient: false)
            }
            return url.origin.description
        }
        guard let region = region ?? environment.region else { return "https://sts.amazonaws.com" }
        return "https://" + AWSPlace.host("sts", region)
    }
}

extension AWSSourceTrouble {
    /// The text of a file that a variable names.
    static func text(of file: String, limit: Int) throws(AWSSourceTrouble) -> String {
        do throws(PlatformError) {
            let text = try FileText.text(path: file, limit: limit)
            return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        } catch {
            throw AWSSourceTrouble(message: error.message, isTransient: false)
        }
    }
}
