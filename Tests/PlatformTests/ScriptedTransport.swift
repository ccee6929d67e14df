// SPDX-License-Identifier: Apache-2.0
// Martlet: a collector that answers as a test wants.
import Platform
import Synchronization

/// Gives answers in turn, the last one for ever; notes what was sent.
final class ScriptedTransport: OTLPTransport {
    enum Answer: Sendable {
        case status(Int, retryAfter: String? = nil)
        case failure
        /// No answer until the task is cancelled.
        case silence
    }

    struct Sent: Sendable {
        var url: String
        var headers: [(name: String, value: String)]
        var size: Int
    }

    struct Unreachable: Error {}

    private let state: Mutex<(answers: [Answer], sent: [Sent])>

    init(_ answers: [Answer]) { state = Mutex((answers, [])) }

    var sent: [Sent] { state.withLock { $0.sent } }

    func send(
        to url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async throws -> OTLPAnswer {
        let answer: Answer? = state.withLock { state in
            state.sent.append(Sent(url: url, headers: headers, size: body.count))
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first
        }
        switch answer {
        case .status(let status, let retryAfter): return OTLPAnswer(status: status, retryAfter: retryAfter)
        case .silence: try await Task.sleep(for: .seconds(600))
        case .failure, nil: break
        }
        throw Unreachable()
    }
}
