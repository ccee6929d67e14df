// SPDX-License-Identifier: Apache-2.0
// Martlet: mails to a real mail server: TLS, logins, refusals, and what arrives.

import Health
import Platform
import Testing

@Suite(.enabled(if: MailServer.python != nil, "python3 with aiosmtpd is not installed"))
struct SMTPServerTests {
    private func mail(to recipients: [String] = ["ada@example.org"]) throws -> (bytes: [UInt8], envelope: SMTPEnvelope)
    {
        let renderer = EmailRenderer(from: try mailAddress("martlet@example.org", name: "Martlet"))
        let email = try renderer.email(for: sampleMessage(), to: recipients.map { try mailAddress($0) })
        return (email.rendered(), SMTPEnvelope(email))
    }

    private func send(_ client: SMTPClient, to recipients: [String] = ["ada@example.org"]) async throws -> SMTPOutcome {
        let (bytes, envelope) = try mail(to: recipients)
        return await client.send(bytes, envelope: envelope, timeout: .seconds(20))
    }

    @Test func plainServer() async throws {
        let server = try await MailServer("plain")
        #expect(try await send(server.client(.none)) == .delivered(refused: []))
        let mail = try #require(try server.mail())
        #expect(mail.sender == "martlet@example.org" && mail.recipients == ["ada@example.org"])
        #expect(mail.headers["subject"] == "[critical] postgres is DOWN")
        #expect(mail.headers["message-id"] == "<martlet-incident-42@example.org>")
        #expect(mail.headers["date"] == "Sat, 31 Jan 2026 08:05:00 +0000")
        #expect(mail.plain.contains("connection refused") && mail.html.contains("<td>postgres</td>"))
        #expect(mail.defects == [] && !mail.encrypted && mail.login == "")
    }

    @Test(arguments: [("starttls", SMTPConfiguration.Security.startTLS), ("login", .startTLS), ("implicit", .implicit)])
    func passwordsGoOverTLS(mode: String, security: SMTPConfiguration.Security) async throws {
        let server = try await MailServer(mode)
        for host in ["127.0.0.1", "localhost"] {
            let outcome = try await send(server.client(security, password: "s3cret pass", host: host))
            #expect(outcome == .delivered(refused: []))
        }
        let mail = try #require(try server.mail(1))
        #expect(mail.encrypted)
        #expect(mail.login == "martlet")
        #expect(mail.defects == [])
    }

    @Test(arguments: ["starttls", "login"]) func wrongPasswordIsFinal(mode: String) async throws {
        let server = try await MailServer(mode)
        let outcome = try await send(server.client(.startTLS, password: "wr0ng"))
        guard case .rejected(let reason) = outcome else { throw Unexpected(outcome) }
        #expect(reason.contains("the login was refused: 535") && !reason.contains("wr0ng"))
        #expect(try server.mail() == nil)
    }

    @Test(arguments: [SMTPConfiguration.Security.startTLS, .implicit])
    func strangeAuthorityIsRefused(security: SMTPConfiguration.Security) async throws {
        let server = try await MailServer(security == .implicit ? "implicit" : "starttls")
        let outcome = try await send(server.client(security, password: "s3cret pass", authority: "other"))
        guard case .retry(let reason) = outcome else { throw Unexpected(outcome) }
        #expect(reason.contains("TLS failed") && reason.lowercased().contains("certificate"), "\(reason)")
        #expect(try server.mail() == nil)
    }

    /// The last one is for the address only, which a name service under somebody's control would lead to.
    @Test(arguments: [("DNS:mail.example", "localhost"), ("DNS:localhost", "127.0.0.1"), ("IP:127.0.0.1", "localhost")])
    func certificateOfAnotherHostIsRefused(subject: String, host: String) async throws {
        for security in [SMTPConfiguration.Security.startTLS, .implicit] {
            let server = try await MailServer(security == .implicit ? "implicit" : "starttls", certificate: subject)
            let outcome = try await send(server.client(security, password: "s3cret pass", host: host))
            guard case .retry(let reason) = outcome else { throw Unexpected(outcome) }
            #expect(reason.contains("TLS failed"), "\(reason)")
            #expect(try server.mail() == nil)
        }
    }

    @Test func passwordIsNotSentInClear() async throws {
        let server = try await MailServer("clear")
        let refused = try await send(server.client(.none, password: "s3cret pass"))
        #expect(refused == .rejected(reason: "the password is not sent without TLS"))
        let allowed = try await send(server.client(.none, password: "s3cret pass", allowsClear: true))
        #expect(allowed == .delivered(refused: []))
        #expect(try server.mail()?.login == "martlet")
    }

    @Test func recipientsAreRefusedOneByOne() async throws {
        let server = try await MailServer("plain")
        let outcome = try await send(server.client(.none), to: ["never@a.org", "ada@a.org", "later@a.org"])
        #expect(
            outcome
                == .delivered(refused: [
                    .init(address: "never@a.org", isRetryable: false, reason: "550 5.1.1 no such user"),
                    .init(address: "later@a.org", isRetryable: true, reason: "451 4.7.1 greylisted, try again"),
                ])
        )
        #expect(try server.mail()?.recipients == ["ada@a.org"])
    }

    @Test(arguments: [
        (["later@a.org"], true, true), (["never@a.org"], false, true), (["never@a.org", "later@a.org"], true, true),
        (["data-later@a.org"], true, false), (["data-never@a.org"], false, false),
    ]) func refusals(recipients: [String], isRetryable: Bool, isOfRecipients: Bool) async throws {
        let server = try await MailServer("plain")
        let outcome = try await send(server.client(.none), to: recipients)
        switch outcome {
        case .noRecipient(let reason, let mayPass):
            #expect(isOfRecipients && isRetryable == mayPass, "\(reason)")
            #expect(reason.contains("45") || reason.contains("55"), "\(reason)")
        case .retry(let reason): #expect(!isOfRecipients && isRetryable && reason.contains("45"), "\(reason)")
        case .rejected(let reason): #expect(!isOfRecipients && !isRetryable && reason.contains("55"), "\(reason)")
        case .delivered: throw Unexpected(outcome)
        }
        #expect(try server.mail() == nil)
    }

    @Test func hostileTextStaysText() async throws {
        let server = try await MailServer("plain")
        let renderer = EmailRenderer(
            from: try mailAddress("martlet@example.org", name: "Mörtlet \"x\"\r\nBcc: evil@example.org"),
            unsubscribe: "https://martlet.example/unsubscribe?token=\(String(repeating: "t", count: 800))"
        )
        let to = try [
            mailAddress("ada@example.org", name: "Ada, \"the\" <Countess> \\"),
            mailAddress("bob@example.org", name: String(repeating: "Größe 漢字😀 ", count: 30)),
        ]
        var message = hostileMessage()
        message.event = .updated
        let email = try renderer.email(for: message, to: to)
        let outcome = await (try server.client(.none)).send(email.rendered(), envelope: SMTPEnvelope(email))
        #expect(outcome == .delivered(refused: []))
        let mail = try #require(try server.mail())
        #expect(mail.recipients == ["ada@example.org", "bob@example.org"])
        #expect(!mail.names.contains("bcc") && Set(mail.names).count == mail.names.count)
        #expect(mail.headers["subject"]?.hasPrefix("[critical] <!channel> & <https://evil.example|click>") == true)
        #expect(mail.headers["subject"]?.contains("é😀") == true)
        #expect(mail.displayed.first == "Ada, \"the\" <Countess> \\")
        #expect(mail.displayed.last?.hasPrefix("Größe 漢字😀 Größe") == true)
        #expect(mail.headers["list-unsubscribe"]?.contains("token=ttt") == true)
        #expect(mail.headers["in-reply-to"]?.hasSuffix("@example.org>") == true)
        #expect(mail.headers["in-reply-to"] == mail.headers["references"])
        #expect(mail.longest <= 998 && mail.ascii && mail.bare == 0)
        #expect(mail.html.contains("&lt;!channel&gt;") && !mail.html.contains("<!channel>"))
        #expect(mail.defects == [])
    }

    @Test func dotsAndLongLinesArriveAsTheyWere() async throws {
        let server = try await MailServer("plain")
        let text = ".\n..\n.hidden\n\(String(repeating: "ü=x ", count: 2_000)) \t\nend \n"
        let email = try EmailMessage(
            from: mailAddress("martlet@example.org"),
            to: [mailAddress("ada@example.org")],
            subject: "",
            text: text,
            id: MessageID("a b", domain: "example.org"),
            date: time("2026-01-01T00:00:00Z")
        )
        let outcome = await (try server.client(.none)).send(email.rendered(), envelope: SMTPEnvelope(email))
        #expect(outcome == .delivered(refused: []))
        let mail = try #require(try server.mail())
        #expect(mail.plain == text)
        #expect(mail.longest <= 78)
        #expect(mail.defects == [])
        #expect(mail.headers["message-id"] == "<a-b@example.org>")
    }
}

/// An outcome that the test did not expect.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ outcome: SMTPOutcome) { description = "unexpected: \(outcome)" }
}
