// SPDX-License-Identifier: Apache-2.0
// Martlet: a webhook receiver that remembers what it was told, and refuses as often as a test wants.

import Synchronization

@testable import Health

final class Inbox: Sendable {
    private struct State {
        var messages: [Tree] = []
        var refusals = 0
    }

    private let state = Mutex(State())

    /// The next requests are refused with 503.
    func refuse(_ times: Int) { state.withLock { $0.refusals = times } }

    /// What came and was taken, oldest first.
    var messages: [Tree] { state.withLock { $0.messages } }
    /// The events of these.
    var events: [String] { messages.map { $0["event"].text ?? "" } }

    /// Runs a server with an inbox for the time of `body`.
    static func with(_ body: @Sendable (Inbox, Receiver) async throws -> Void) async throws {
        let inbox = Inbox()
        try await TestServer.with(.reply { inbox.answer($0) }) { server in
            let channel = try WebhookChannel(url: "http://127.0.0.1:\(server.port)/hook", keys: [])
            try await body(inbox, Receiver(name: "ops", kind: "webhook", way: .request(channel, TLSOptions())))
        }
    }

    private func answer(_ bytes: [UInt8]) -> [UInt8]? {
        guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<head.lowerBound], as: UTF8.self).lowercased().split(separator: "\r\n")
        let length =
            lines.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
        guard bytes.count >= head.upperBound + length, let body = try? Tree.read(Array(bytes[head.upperBound...]))
        else {
            return nil
        }
        let isTaken = state.withLock { state in
            if state.refusals > 0 {
                state.refusals -= 1
                return false
            }
            state.messages.append(body)
            return true
        }
        return Array("HTTP/1.1 \(isTaken ? "200 OK" : "503 Busy")\r\ncontent-length: 0\r\n\r\n".utf8)
    }
}
