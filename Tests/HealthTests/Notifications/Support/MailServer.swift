// SPDX-License-Identifier: Apache-2.0
// Martlet: a mail server in a process of its own.

import FoundationEssentials
import Health
import Platform
import TestSupport

/// A running server; ends with the value.
final class MailServer: Sendable {
    /// A mail as another program understood it.
    struct Mail: Decodable {
        var sender: String
        var recipients: [String]
        var headers: [String: String]
        var names: [String]
        var displayed: [String]
        var plain: String
        var html: String
        var longest: Int
        var ascii: Bool
        var bare: Int
        var defects: [String]
        var encrypted: Bool
        var login: String
    }

    static let python: String? = {
        let named = ProcessInfo.processInfo.environment["MARTLET_TEST_PYTHON"]
        guard let python = named ?? TestRedis.find("python3"),
            (try? TestRedis.run(python, ["-c", "import aiosmtpd"])) == 0
        else {
            return nil
        }
        return python
    }()

    let folder: ScratchFolder
    let port: Int
    private let process: ClusterProcess

    init(_ mode: String, certificate: String = "DNS:localhost,IP:127.0.0.1") async throws {
        folder = try ScratchFolder()
        guard let python = Self.python else { throw ClusterFailure("python3 with aiosmtpd is not installed") }
        if ["starttls", "login", "implicit"].contains(mode) {
            try folder.makeCertificate("server", subject: certificate)
            try folder.makeCertificate("other", subject: certificate)
        }
        try folder.write(mailServerScript, to: "server.py")
        process = try await ClusterProcess.launch(
            "mail server",
            [python, "\(folder.path)/server.py", folder.path, mode],
            environment: ["PATH": "/usr/bin:/bin"],
            log: "\(folder.path)/log"
        )
        let (folder, process) = (folder, process)
        try await eventually("the mail server listens") {
            guard process.end == nil else { throw ClusterFailure(folder.read("log") ?? "the mail server ended") }
            return folder.read("port") != nil
        }
        port = Int(folder.read("port") ?? "") ?? 0
    }

    func mail(_ number: Int = 0) throws -> Mail? {
        try folder.read("mail-\(number).json").map { try JSONDecoder().decode(Mail.self, from: Data($0.utf8)) }
    }

    func client(
        _ security: SMTPConfiguration.Security,
        password: String? = nil,
        host: String = "127.0.0.1",
        authority: String = "server",
        allowsClear: Bool = false
    ) throws -> SMTPClient {
        try SMTPClient(
            SMTPConfiguration(
                host: host,
                port: port,
                security: security,
                credentials: password.map { .init(username: "martlet", password: Secret($0)) },
                allowsClearPasswordOnLoopback: allowsClear,
                authorityFile: security == .none ? nil : "\(folder.path)/\(authority).crt"
            )
        )
    }
}
