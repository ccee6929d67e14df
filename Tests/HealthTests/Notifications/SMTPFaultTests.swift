// SPDX-License-Identifier: Apache-2.0
// Martlet: mail servers that hang, break off, or talk nonsense.

import Health
import Platform
import Testing

@Suite(.enabled(if: MailServer.python != nil, "python3 with aiosmtpd is not installed"))
struct SMTPFaultTests {
    private func send(
        _ server: MailServer,
        _ security: SMTPConfiguration.Security = .none,
        timeout: Duration = .seconds(20)
    ) async throws -> SMTPOutcome {
        let client = try SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: server.port, security: security))
        return await client.send(Array("Subject: x\r\n\r\nbody\r\n".utf8), envelope: try envelope, timeout: timeout)
    }

    private var envelope: SMTPEnvelope {
        get throws {
            try SMTPEnvelope(sender: mailAddress("a@example.org"), recipients: [mailAddress("b@example.org")])
        }
    }

    @Test(arguments: ["hang", "hang-data"]) func silenceEndsAtTheDeadline(mode: String) async throws {
        let server = try await MailServer(mode)
        let start = ContinuousClock.now
        let outcome = try await send(server, timeout: .milliseconds(400))
        #expect(outcome == .retry(reason: "the server took too long"))
        #expect(ContinuousClock.now - start >= .milliseconds(400))
    }

    @Test(arguments: [
        ("reset", "the connection broke"), ("reset-content", "after the mail was sent: it may have arrived"),
        ("close", "the server closed the connection"), ("goodbye", "421 4.3.2 shutting down"),
        ("busy", "450 4.3.2 too busy"), ("pipelined", "the server sent what it was not asked for"),
        ("garbage", "the server does not speak SMTP"), ("http", "the server does not speak SMTP"),
        ("long-line", "a line is too long"), ("endless", "the server does not speak SMTP: a reply has too many lines"),
    ]) func whatMayPassIsTriedAgain(mode: String, reason expected: String) async throws {
        let outcome = try await send(try await MailServer(mode))
        guard case .retry(let reason) = outcome else { throw Unexpected(outcome) }
        // A reset may be seen as an end of the connection, by which of both events comes first.
        let isReset = mode == "reset" && reason.contains("the server closed the connection")
        #expect(reason.contains(expected) || isReset, "\(reason)")
        #expect(reason.utf8.count <= 300)
    }

    @Test func refusedAtTheDoorIsFinal() async throws {
        let outcome = try await send(try await MailServer("unwelcome"))
        #expect(
            outcome == .rejected(reason: "the server's greeting is 554 5.7.1 your address is on a list")
        )
    }

    @Test(arguments: ["hang-quit", "reset-quit"]) func whatWasTakenIsDeliveredWhateverFollows(mode: String) async throws
    {
        #expect(try await send(try await MailServer(mode)) == .delivered(refused: []))
    }

    @Test(arguments: [
        ("no-starttls", "the server does not offer STARTTLS"),
        ("injected", "the server sent what it was not asked for"),
    ]) func noMailWithoutTLS(mode: String, reason: String) async throws {
        #expect(try await send(try await MailServer(mode), .startTLS) == .retry(reason: reason))
    }

    @Test func passwordThatTheServerRepeatsIsNotTold() async throws {
        let server = try await MailServer("echo-password")
        let client = try server.client(.none, password: "s3cret pass", allowsClear: true)
        let outcome = await client.send([], envelope: try envelope)
        #expect(outcome == .rejected(reason: "the login was refused: 535 (the text repeats the password)"))
    }

    @Test func nobodyListens() async throws {
        let server = try await MailServer("close")
        _ = try await send(server)
        let client = try SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: 1, security: .none))
        let outcome = await client.send([], envelope: try envelope)
        guard case .retry(let reason) = outcome else { throw Unexpected(outcome) }
        #expect(reason.hasPrefix("cannot connect: "))
    }

    @Test func cancelledCallerComesBack() async throws {
        let server = try await MailServer("hang")
        let client = try SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: server.port, security: .none))
        let envelope = try envelope
        let start = ContinuousClock.now
        let result = try await withThrowingTaskGroup(of: SMTPOutcome.self) { group in
            group.addTask { await client.send([], envelope: envelope, timeout: .seconds(600)) }
            _ = try await server.folder.wait(for: "connected")
            group.cancelAll()
            return try await group.next()
        }
        #expect(result == .retry(reason: "the caller was cancelled"))
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func oversizedMailIsNotSent() async throws {
        let client = try SMTPClient(SMTPConfiguration(host: "127.0.0.1", port: 1, security: .none))
        let outcome = await client.send([UInt8](repeating: 65, count: SMTPClient.mostBytes + 1), envelope: try envelope)
        #expect(outcome == .rejected(reason: "the mail has more than 4194304 bytes"))
    }
}
