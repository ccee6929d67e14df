// SPDX-License-Identifier: Apache-2.0
// A wake-up that is never missed: a signal before the wait ends the wait at once.

internal import Synchronization

/// Wakes one waiting task.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Ends the present wait, or the next one.
    func signal() {
        continuation.yield()
    }

    /// Waits for a signal, at most `timeout`.
    func wait(timeout: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in self.stream { return } }
            group.addTask { try? await Task.sleep(for: timeout) }
            await group.next()
            group.cancelAll()
        }
    }
}
