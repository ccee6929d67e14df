// SPDX-License-Identifier: Apache-2.0
// Martlet: AUTH PLAIN and AUTH LOGIN, which send the password and so need TLS.
internal import Platform

extension SMTPSession {
    mutating func beginAuthentication() -> [Action] {
        guard isEncrypted || (configuration.allowsClearPasswordOnLoopback && isLoopback) else {
            return leave(.rejected(reason: "the password is not sent without TLS"))
        }
        let offered = (extensions["AUTH"] ?? "").split(separator: " ")
        if offered.contains("PLAIN") {
            step = .authPlain
            return [.send(Self.line("AUTH PLAIN \(plainResponse)"))]
        }
        if offered.contains("LOGIN") {
            step = .authLoginName
            return [.send(Self.line("AUTH LOGIN"))]
        }
        return leave(.rejected(reason: "the server offers neither AUTH PLAIN nor AUTH LOGIN"))
    }

    mutating func authenticate(_ reply: SMTPReply) -> [Action] {
        guard let credentials = configuration.credentials, reply.code == 334 || reply.code == 235 else {
            return fail("the login was refused:", reply)
        }
        if reply.code == 235 { return askSender() }
        switch step {
        case .authPlain:
            // The server did not take the response that came with the command.
            step = .authEnd
            return [.send(Self.line(plainResponse))]
        case .authLoginName:
            step = .authLoginPassword
            return [.send(Self.line(Self.base64(credentials.username)))]
        case .authLoginPassword:
            step = .authEnd
            return [.send(Self.line(Self.base64(credentials.password.reveal())))]
        default: return fail("the login went wrong:", reply)
        }
    }

    private var plainResponse: String {
        guard let credentials = configuration.credentials else { return "" }
        return Self.base64("\0\(credentials.username)\0\(credentials.password.reveal())")
    }
}
