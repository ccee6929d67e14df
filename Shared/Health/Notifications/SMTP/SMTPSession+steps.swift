// SPDX-License-Identifier: Apache-2.0
// Martlet: what follows each reply of the mail server.
internal import FoundationEssentials
internal import Platform

extension SMTPSession {
    mutating func answer(_ reply: SMTPReply) -> [Action] {
        if reply.code == 421, step != .quit {
            return end(.retry(reason: "the server closes the connection: \(safe(reply))"))
        }
        switch step {
        case .greeting:
            guard reply.code == 220 else { return fail("the server's greeting is", reply) }
            step = .hello
            return [.send(Self.line("EHLO \(configuration.greeting)"))]
        case .hello, .plainHello: return greeted(reply)
        case .startTLS:
            guard reply.code == 220 else { return leave(.retry(reason: "STARTTLS was refused: \(safe(reply))")) }
            step = .handshake
            return [.startTLS]
        case .authPlain, .authLoginName, .authLoginPassword, .authEnd: return authenticate(reply)
        case .sender:
            guard reply.isSuccess else { return fail("the sender was refused:", reply) }
            return askRecipient(0)
        case .recipient(let index): return tookRecipient(index, reply)
        case .data:
            guard reply.code == 354 else { return fail("the mail was refused:", reply) }
            step = .content
            return [.send(DotStuffing.encode(message))]
        case .content:
            guard reply.isSuccess else { return fail("the mail was refused:", reply) }
            return leave(.delivered(refused: refused))
        case .quit: return close()
        case .handshake, .closed: return []
        }
    }

    private mutating func greeted(_ reply: SMTPReply) -> [Action] {
        if step == .hello, [500, 501, 502, 504, 550].contains(reply.code) {
            step = .plainHello
            return [.send(Self.line("HELO \(configuration.greeting)"))]
        }
        guard reply.isSuccess else { return fail("the greeting was refused:", reply) }
        if step == .hello {
            for line in reply.lines.dropFirst() {
                // Some old servers write `AUTH=PLAIN`.
                let words = line.uppercased().split { $0 == " " || $0 == "=" }
                guard let name = words.first else { continue }
                let values = words.dropFirst().joined(separator: " ")
                extensions[String(name)] = extensions[String(name)].map { "\($0) \(values)" } ?? values
            }
        }
        if configuration.security == .startTLS, !isEncrypted {
            // Perhaps somebody in between took the offer out; that may pass.
            guard extensions["STARTTLS"] != nil else {
                return leave(.retry(reason: "the server does not offer STARTTLS"))
            }
            step = .startTLS
            return [.send(Self.line("STARTTLS"))]
        }
        return configuration.credentials == nil ? askSender() : beginAuthentication()
    }

    mutating func askSender() -> [Action] {
        var parameter = ""
        if let size = extensions["SIZE"] {
            if let limit = Int(size), limit > 0, message.count > limit {
                return leave(.rejected(reason: "the server takes mails of at most \(limit) bytes"))
            }
            parameter = " SIZE=\(message.count)"
        }
        step = .sender
        return [.send(Self.line("MAIL FROM:<\(envelope.sender.address)>\(parameter)"))]
    }

    private mutating func askRecipient(_ index: Int) -> [Action] {
        step = .recipient(index)
        return [.send(Self.line("RCPT TO:<\(envelope.recipients[index].address)>"))]
    }

    private mutating func tookRecipient(_ index: Int, _ reply: SMTPReply) -> [Action] {
        if !reply.isSuccess {
            let address = envelope.recipients[index].address
            refused.append(.init(address: address, isRetryable: reply.isRetryable, reason: safe(reply)))
        }
        if index + 1 < envelope.recipients.count { return askRecipient(index + 1) }
        guard refused.count == envelope.recipients.count else {
            step = .data
            return [.send(Self.line("DATA"))]
        }
        let reason = "all recipients were refused, the last one: \(safe(reply))"
        return leave(.noRecipient(reason: reason, isRetryable: refused.contains(where: \.isRetryable)))
    }

    /// 5xx is final; everything else, a reply out of place too, may pass.
    mutating func fail(_ what: String, _ reply: SMTPReply) -> [Action] {
        let reason = "\(what) \(safe(reply))"
        return leave(reply.code >= 500 ? .rejected(reason: reason) : .retry(reason: reason))
    }

    /// The reply as one line, without the password if the server repeats it.
    func safe(_ reply: SMTPReply) -> String {
        guard let credentials = configuration.credentials else { return reply.oneLine }
        let text = reply.lines.joined(separator: " ")
        let password = credentials.password.reveal()
        let plain = "\0\(credentials.username)\0\(password)"
        let isTold = [password, Self.base64(password), Self.base64(plain)].contains { text.contains($0) }
        return isTold ? "\(reply.code) (the text repeats the password)" : reply.oneLine
    }

    static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
