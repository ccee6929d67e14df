// SPDX-License-Identifier: Apache-2.0
// Martlet: the SMTP state machine, byte by byte.

import Health
import Platform
import Testing

@Suite struct SMTPSessionTests {
    private func session(
        _ security: SMTPConfiguration.Security = .none,
        credentials: Bool = false,
        message: String = "Subject: x\r\n\r\n.dot\r\n"
    ) throws -> SMTPSession {
        SMTPSession(
            configuration: try SMTPConfiguration(
                host: "mail.test",
                port: 25,
                security: security,
                credentials: credentials ? .init(username: "u", password: Secret("pässword")) : nil
            ),
            envelope: try SMTPEnvelope(
                sender: mailAddress("a@example.org"),
                recipients: [mailAddress("b@example.org"), mailAddress("c@example.org")]
            ),
            message: Array(message.utf8),
            isLoopback: false
        )
    }

    /// What is sent after each of the server's replies, given in pieces of a size.
    private func play(_ session: inout SMTPSession, _ replies: [String], size: Int) -> [String] {
        replies.map { reply in
            var said = ""
            var bytes = Array(reply.utf8)[...]
            while !bytes.isEmpty {
                for action in session.received(bytes.prefix(size)) {
                    switch action {
                    case .send(let sent): said += String(decoding: sent, as: UTF8.self)
                    case .startTLS:
                        for case .send(let sent) in session.tlsStarted() {
                            said += "<TLS>" + String(decoding: sent, as: UTF8.self)
                        }
                    case .settle(let outcome): said += "<\(outcome)>"
                    case .close: said += "<close>"
                    }
                }
                bytes = bytes.dropFirst(size)
            }
            return said
        }
    }

    @Test(arguments: [1, 2, 7, 1_000]) func wholeExchange(size: Int) throws {
        var session = try session(.startTLS, credentials: true)
        let said = play(
            &session,
            [
                "220-mail.test\r\n220 hello\r\n", "250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n", "220 go\r\n",
                "250-mail.test\r\n250-SIZE 1000\r\n250 AUTH LOGIN PLAIN\r\n", "235 2.7.0 ok\r\n", "250 ok\r\n",
                "250 ok\r\n",
                "251 forwarded\n", "354 go\r\n", "250 queued\r\n", "221 bye\r\n",
            ],
            size: size
        )
        #expect(
            said == [
                "EHLO [127.0.0.1]\r\n", "STARTTLS\r\n", "<TLS>EHLO [127.0.0.1]\r\n", "AUTH PLAIN AHUAcMOkc3N3b3Jk\r\n",
                "MAIL FROM:<a@example.org> SIZE=20\r\n", "RCPT TO:<b@example.org>\r\n", "RCPT TO:<c@example.org>\r\n",
                "DATA\r\n", "Subject: x\r\n\r\n..dot\r\n.\r\n", "<delivered(refused: [])>QUIT\r\n", "<close>",
            ]
        )
    }

    @Test func oldServers() throws {
        var plain = try session()
        #expect(
            play(&plain, ["220 hi\r\n", "502 what\r\n", "250 hi\r\n"], size: 100).last
                == "MAIL FROM:<a@example.org>\r\n"
        )
        var login = try session(.implicit, credentials: true)
        let said = play(
            &login,
            [
                "220 hi\r\n", "250-x\r\n250 AUTH=LOGIN\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n",
                "235 ok\r\n",
            ],
            size: 100
        )
        #expect(
            said.dropFirst() == ["AUTH LOGIN\r\n", "dQ==\r\n", "cMOkc3N3b3Jk\r\n", "MAIL FROM:<a@example.org>\r\n"]
        )
    }

    @Test func sizeAndBareLineEnds() throws {
        var small = try session(message: String(repeating: "x", count: 500))
        let said = play(&small, ["220 hi\r\n", "250-x\r\n250 SIZE 100\r\n"], size: 100).last
        #expect(
            said?.contains("the server takes mails of at most 100 bytes") == true && said?.contains("rejected") == true
        )
        // A bare line end before a dot must not end the mail at a server that takes it for one.
        var smuggled = try session(message: "a\n.\nMAIL FROM:<x>\r.\r\nb")
        let replies = ["220 hi\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"]
        #expect(play(&smuggled, replies, size: 100).last == "a\r\n..\r\nMAIL FROM:<x>\r\n..\r\nb\r\n.\r\n")
    }

    @Test func randomRepliesNeverDeliverWithoutTheServersWord() throws {
        var generator = SystemRandomNumberGenerator()
        let codes = ["220", "221", "235", "250", "251", "334", "354", "421", "450", "550", "599", "199", "abc", "25"]
        for _ in 0..<3_000 {
            var session = try session(Bool.random(using: &generator) ? .none : .startTLS, credentials: Bool.random())
            var (isAsked, hasTLS) = (false, false)
            for _ in 0..<12 {
                let code = codes.randomElement(using: &generator) ?? ""
                let mark = Bool.random(using: &generator) ? " " : "-"
                let said = play(&session, ["\(code)\(mark)x\r\n"], size: 100)[0]
                if said.contains("<delivered") { #expect(isAsked && code.hasPrefix("25")) }
                hasTLS = hasTLS || said.contains("<TLS>")
                isAsked = isAsked || said.contains(".\r\n")
                #expect(!said.contains("AUTH ") || hasTLS)
            }
            let rest = session.closed(reason: "over")
            #expect(session.closed(reason: "over") == [] && rest.count <= 2)
        }
    }

    @Test(arguments: [
        "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a\r\n@b", "é@b", ".a@b", "a..b@c", "a@-b", "\"a\"@b", "<a@b>",
        "a@b>", "a@b\r\nRCPT",
    ])
    func badAddresses(text: String) {
        let error = #expect(throws: NotificationError.self) { try EmailAddress(text) }
        #expect(error?.code == .email)
    }

    @Test func settingsAreChecked() {
        func field(_ make: () throws -> SMTPConfiguration) -> String? {
            do { _ = try make() } catch { return (error as? NotificationError)?.field }
            return nil
        }
        #expect(field { try SMTPConfiguration(host: "", port: 25) } == "smtp.host")
        #expect(field { try SMTPConfiguration(host: "a\r\nb", port: 25) } == "smtp.host")
        #expect(field { try SMTPConfiguration(host: "a", port: 0) } == "smtp.port")
        #expect(field { try SMTPConfiguration(host: "a", port: 25, greeting: "x y\r\nMAIL") } == "smtp.greeting")
        #expect(field { try SMTPConfiguration(host: "a", port: 25, greeting: "[IPv6:::1]") } == nil)
        #expect(
            field {
                try SMTPConfiguration(host: "a", port: 25, credentials: .init(username: "", password: Secret("x")))
            } == "smtp.username"
        )
        let missing = #expect(throws: NotificationError.self) {
            try SMTPClient(SMTPConfiguration(host: "a", port: 25, authorityFile: "/nonexistent.pem"))
        }
        #expect(missing?.field == "smtp.authority_file")
    }
}
