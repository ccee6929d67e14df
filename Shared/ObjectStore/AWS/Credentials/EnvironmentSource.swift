// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials in environment variables.
internal import Platform

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for temporary ones, `AWS_SESSION_TOKEN`; each may be a file that
/// `NAME_FILE` names, which is read anew each time.
struct EnvironmentSource: AWSCredentialSource {
    let environment: AWSEnvironment

    var name: String { "environment" }

    func ask() async throws(AWSSourceTrouble) -> AWSSourceAnswer {
        guard let id = try value("AWS_ACCESS_KEY_ID") else { return .notSetUp("AWS_ACCESS_KEY_ID is not set") }
        guard let key = try value("AWS_SECRET_ACCESS_KEY") else {
            throw AWSSourceTrouble(
                message: "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not",
                isTransient: false
            )
        }
        let token = try value("AWS_SESSION_TOKEN").map { Secret($0) }
        return .credentials(AWSCredentials(accessKeyID: id, secretAccessKey: Secret(key), sessionToken: token))
    }

    private func value(_ name: String) throws(AWSSourceTrouble) -> String? {
        if let value = environment[name] { return value }
        guard let path = environment["\(name)_FILE"] else { return nil }
        let text: String
        do throws(PlatformError) { text = try FileText.text(path: path, limit: 16 << 10) } catch {
            throw AWSSourceTrouble(message: "\(name)_FILE: \(error.message)", isTransient: false)
        }
        let value = text.prefix { !$0.isNewline }
        guard !value.isEmpty, text.drop(while: { !$0.isNewline }).allSatisfy(\.isWhitespace) else {
            throw AWSSourceTrouble(message: "\(name)_FILE: \(path) has not one line", isTransient: false)
        }
        return String(value)
    }
}
