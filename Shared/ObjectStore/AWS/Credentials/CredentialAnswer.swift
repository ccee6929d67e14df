// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials as container and instance services write them.
internal import FoundationEssentials
internal import Platform

/// `{"AccessKeyId":…,"SecretAccessKey":…,"Token":…,"Expiration":…}`.
struct CredentialAnswer: Decodable {
    let Code: String?
    let AccessKeyId: String?
    let SecretAccessKey: String?
    let Token: String?
    let Expiration: String?

    /// Reads an answer.
    static func credentials(_ body: [UInt8]) throws(AWSSourceTrouble) -> AWSCredentials {
        guard let answer = try? JSONDecoder().decode(CredentialAnswer.self, from: Data(body)) else {
            throw AWSSourceTrouble(message: "its answer is not the expected JSON", isTransient: false)
        }
        if let code = answer.Code, code != "Success" {
            throw AWSSourceTrouble(message: "it answered \(AWSFailure.shown(code))", isTransient: true)
        }
        guard let id = answer.AccessKeyId, let key = answer.SecretAccessKey, !id.isEmpty, !key.isEmpty else {
            throw AWSSourceTrouble(message: "its answer lacks the access key", isTransient: false)
        }
        return AWSCredentials(
            accessKeyID: id,
            secretAccessKey: Secret(key),
            sessionToken: answer.Token.map { Secret($0) },
            expires: answer.Expiration.flatMap { Timestamp(rfc3339: $0.utf8) }
        )
    }
}
