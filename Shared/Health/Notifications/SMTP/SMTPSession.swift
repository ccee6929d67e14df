// SPDX-License-Identifier: Apache-2.0
// Martlet: the client's side of one SMTP exchange (RFC 5321, 3207, 4954), without any I/O.

/// Says what to send as the server's bytes come in, and how it ended.
///
/// One command at a time: what the server sends before it is asked, or in clear after it agreed to TLS, ends the exchange.
public struct SMTPSession: Sendable {
    /// What the shell must do, in this order.
    public enum Action: Sendable, Equatable {
        /// Write these bytes.
        case send([UInt8])
        /// Begin TLS on this connection; then call ``tlsStarted()``.
        case startTLS
        /// The outcome is certain.
        case settle(SMTPOutcome)
        /// Close the connection.
        case close
    }

    enum Step: Sendable, Equatable {
        case greeting, hello, plainHello, startTLS, handshake, authPlain, authLoginName, authLoginPassword, authEnd
        case sender, recipient(Int), data, content, quit, closed
    }

    let configuration: SMTPConfiguration
    let envelope: SMTPEnvelope
    let message: [UInt8]
    let isLoopback: Bool
    var step = Step.greeting
    var isEncrypted: Bool
    var extensions: [String: String] = [:]
    var refused: [SMTPOutcome.Refusal] = []
    private var parser = SMTPReplyParser()
    private var received = 0

    /// The most bytes that a server may send in one exchange.
    static let mostReceived = 256 << 10

    /// Makes the exchange of one mail; the greeting of the server comes first.
    ///
    /// - Parameters:
    ///   - message: The mail as ``EmailMessage/rendered()`` writes it: lines ended by CRLF.
    ///   - isLoopback: Whether the server was reached at this machine's own address.
    public init(configuration: SMTPConfiguration, envelope: SMTPEnvelope, message: [UInt8], isLoopback: Bool) {
        self.configuration = configuration
        self.envelope = envelope
        self.message = message
        self.isLoopback = isLoopback
        isEncrypted = configuration.security == .implicit
    }

    /// Takes bytes of the server.
    public mutating func received(_ bytes: some Collection<UInt8>) -> [Action] {
        guard step != .closed else { return [] }
        guard step != .handshake else { return unasked }
        parser.append(bytes)
        received += bytes.count
        guard received <= Self.mostReceived else { return end(.retry(reason: "the server sends too much")) }
        do throws(SMTPReplyParser.Malformed) {
            guard let reply = try parser.next() else { return [] }
            let actions = answer(reply)
            // Whoever sends more than it was asked for may have been fed by somebody in between.
            guard parser.isEmpty || step == .closed || step == .quit else { return unasked }
            return actions
        } catch {
            if step == .quit { return close() }
            return end(.retry(reason: "the server does not speak SMTP: \(error.reason)"))
        }
    }

    /// TLS has begun: the server must be asked anew what it can do.
    public mutating func tlsStarted() -> [Action] {
        guard step == .handshake else { return [] }
        isEncrypted = true
        extensions = [:]
        step = .hello
        return [.send(Self.line("EHLO \(configuration.greeting)"))]
    }

    /// The connection has ended or must end, as its reason says; nothing follows.
    public mutating func closed(reason: String) -> [Action] {
        switch step {
        case .closed: return []
        case .quit: return close()
        case .content: return end(.retry(reason: "\(reason), after the mail was sent: it may have arrived"))
        default: return end(.retry(reason: reason))
        }
    }

    private var unasked: [Action] {
        mutating get {
            if step == .closed { return [] }
            return end(.retry(reason: "the server sent what it was not asked for"))
        }
    }

    /// Settles and closes at once.
    mutating func end(_ outcome: SMTPOutcome) -> [Action] {
        step = .closed
        return [.settle(outcome), .close]
    }

    /// Settles, and takes leave of a server that is in its senses.
    mutating func leave(_ outcome: SMTPOutcome) -> [Action] {
        step = .quit
        return [.settle(outcome), .send(Self.line("QUIT"))]
    }

    mutating func close() -> [Action] {
        step = .closed
        return [.close]
    }

    static func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }
}
