// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials in environment variables.
internal import Platform

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`.
struct EnvironmentSource: AWSCredentialSource {
    let environment: AWSEnvironment

    var name: String { "environment" }

    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
        guard let id = environment["AWS_ACCESS_KEY_ID"] else { return .notSetUp("AWS_ACCESS_KEY_ID is not set") }
        guard let key = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw AWSSourceTrouble(
                message: "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not",
                isTransient: false
            )
        }
        let token = environment["AWS_SESSION_TOKEN"].map { Secret($0) }
        return .credentials(AWSCredentials(accessKeyID: id, secretAccessKey: Secret(key), sessionToken: token))
    }
}
