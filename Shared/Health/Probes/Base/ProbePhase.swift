// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a probe has come, for the reason of a time-out.

/// What a probe waits for.
enum ProbePhase: Sendable, Equatable, CustomStringConvertible {
    case resolving(String)
    case connecting
    case handshaking
    case waitingForHead
    case readingBody(bytes: Int)
    case waitingForAnswer
    case waitingForReplies(received: Int, sent: Int)
    case running

    /// Completes "timed out after 300ms …".
    var description: String {
        switch self {
        case .resolving(let name): "while looking up \(name)"
        case .connecting: "while connecting"
        case .handshaking: "in the TLS handshake"
        case .waitingForHead: "waiting for the response head"
        case .readingBody(let bytes): "while reading the body (\(bytes) bytes came)"
        case .waitingForAnswer: "waiting for the answer"
        case .waitingForReplies(let received, let sent): "waiting for replies (\(received) of \(sent) came)"
        case .running: "before the command ended; it was killed"
        }
    }
}
