// SPDX-License-Identifier: Apache-2.0
// Martlet: lets the first signal end a run in order, and the second at once.

internal import Glibc
internal import Platform
internal import Synchronization
internal import UnixSignals

/// Runs something that SIGTERM and SIGINT end.
enum InterruptibleRun {
    /// Runs `body`; the first signal cancels it, and what it then throws becomes an ``Interruption``. What was about to
    /// succeed anyway, succeeds. A second signal exits at once with 128 and its number.
    static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint])
        let first = FirstSignal()
        // Not a child of the group below: it alone is to be cancelled.
        let work = Task { try await body() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await signal in signals {
                    guard first.take(signal.rawValue) else { _exit(ExitCode.signal(signal.rawValue)) }
                    work.cancel()
                }
            }
            _ = await work.result
            group.cancelAll()
        }
        do { try await work.value } catch {
            guard let number = first.number else { throw error }
            throw Interruption(signal: number)
        }
    }
}

/// The signal that came first.
private final class FirstSignal: Sendable {
    private let state = Mutex<Int32?>(nil)

    var number: Int32? { state.withLock { $0 } }

    /// Whether this is the first one.
    func take(_ number: Int32) -> Bool {
        state.withLock { first in
            guard first == nil else { return false }
            first = number
            return true
        }
    }
}
