// SPDX-License-Identifier: Apache-2.0
// Martlet: making a libpq connection on a thread of its own.

import CLibPQ
import Synchronization

/// One attempt to connect.
///
/// Name resolution inside libpq blocks, and the socket may change between hosts and TLS retries; a thread that may block
/// deals with all of it. When nobody waits any more, the connection is freed as soon as it is made.
final class ConnectAttempt: Sendable {
    typealias Outcome = Result<PostgresHandle.Transfer, PostgresError>

    private enum State {
        case waiting(CheckedContinuation<Outcome, Never>?)
        case finished(Outcome)
        case over
    }

    private let state = Mutex(State.waiting(nil))

    /// Connects within the configuration's limits.
    static func connect(
        _ configuration: PostgresConfiguration,
        on loop: EventLoop
    ) async throws(PostgresError) -> PostgresHandle.Transfer {
        let attempt = ConnectAttempt()
        let timer = loop.schedule(after: configuration.connectDeadline) {
            attempt.finish(.failure(PostgresError(.connectionFailed, "connecting to \(configuration) timed out")))
        }
        defer { timer.cancel() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                attempt.start(configuration, continuation)
            }
        } onCancel: {
            attempt.finish(.failure(PostgresError(.cancelled, "cancelled while connecting")))
        }
        return try outcome.get()
    }

    private func start(_ configuration: PostgresConfiguration, _ continuation: CheckedContinuation<Outcome, Never>) {
        let early = state.withLock { state -> Outcome? in
            if case .finished(let outcome) = state {
                state = .over
                return outcome
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { return continuation.resume(returning: early) }
        let started = SystemThread.start(named: "pg-connect") { self.finish(Self.open(configuration)) }
        if !started { finish(.failure(PostgresError(.connectionFailed, "the system gave no thread to connect on"))) }
    }

    /// The first outcome wins; a connection that comes late is closed.
    private func finish(_ outcome: Outcome) {
        let (continuation, isLate) = state.withLock { state -> (CheckedContinuation<Outcome, Never>?, Bool) in
            switch state {
            case .waiting(let continuation?):
                state = .over
                return (continuation, false)
            case .waiting(nil):
                state = .finished(outcome)
                return (nil, false)
            case .finished, .over:
                return (nil, true)
            }
        }
        continuation?.resume(returning: outcome)
        if isLate, case .success(let transfer) = outcome { transfer.discard() }
    }

    private static func open(_ configuration: PostgresConfiguration) -> Outcome {
        let parameters = configuration.parameters
        let connection = withCStrings(parameters.map(\.0)) { keywords in
            withCStrings(parameters.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let connection else { return .failure(PostgresError(.connectionFailed, "out of memory")) }
        guard PQstatus(connection) == CONNECTION_OK else {
            let message = PQerrorMessage(connection).map { String(cString: $0) } ?? "unknown reason"
            PQfinish(connection)
            return .failure(PostgresError(.connectionFailed, PostgresError.oneLine(message)))
        }
        return .success(PostgresHandle.Transfer(connection))
    }

    /// Lends `strings` as a NULL-terminated array of C strings.
    private static func withCStrings<Value>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
    ) -> Value {
        var storage: [CChar] = []
        var offsets: [Int] = []
        for string in strings {
            offsets.append(storage.count)
            storage.append(contentsOf: string.utf8CString)
        }
        return storage.withUnsafeBufferPointer { buffer in
            var pointers = offsets.map { offset in buffer.baseAddress.map { UnsafePointer($0 + offset) } }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
