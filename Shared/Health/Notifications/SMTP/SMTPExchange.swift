// SPDX-License-Identifier: Apache-2.0
// Martlet: what the caller, its deadline and the connection share while one mail is sent.
internal import NIOCore
internal import Synchronization

/// The outcome, settled once, and the connection, closed once; of any thread.
final class SMTPExchange: Sendable {
    private struct State {
        var isSettled = false
        var isAbandoned = false
        var channel: (any Channel)?
    }

    private let promise: EventLoopPromise<SMTPOutcome>
    private let state = Mutex(State())

    init(eventLoop: any EventLoop) { promise = eventLoop.makePromise(of: SMTPOutcome.self) }

    /// The outcome; never fails.
    var outcome: EventLoopFuture<SMTPOutcome> { promise.futureResult }

    /// Takes the connection into care; false when nobody waits for it any more.
    func adopt(_ channel: any Channel) -> Bool {
        state.withLock { state in
            if !state.isAbandoned { state.channel = channel }
            return !state.isAbandoned
        }
    }

    /// Tells the caller how it ended; the first outcome counts.
    func settle(_ outcome: SMTPOutcome) {
        let isFirst = state.withLock { state in
            defer { state.isSettled = true }
            return !state.isSettled
        }
        if isFirst { promise.succeed(outcome) }
    }

    /// Ends the wait and the connection, whatever it is at; the channel's handler knows what that means for the mail.
    func abandon(_ reason: String) {
        let channel = state.withLock { state in
            state.isAbandoned = true
            return state.channel
        }
        guard let channel else { return settle(.retry(reason: reason)) }
        channel.pipeline.fireUserInboundEventTriggered(SMTPAbandoned(reason: reason))
    }
}

/// Tells the handler that nobody waits any longer.
struct SMTPAbandoned: Sendable {
    let reason: String
}
