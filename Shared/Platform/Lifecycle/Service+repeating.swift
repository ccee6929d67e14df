// SPDX-License-Identifier: Apache-2.0
// Martlet: work that a service does again and again.
public import ServiceLifecycle

extension Service {
    /// Does `body`, pauses, and begins again, until graceful shutdown or cancellation.
    ///
    /// - Parameter pause: From one end to the next beginning.
    public func repeating(every pause: Duration, _ body: @escaping @Sendable () async -> Void) async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await body()
                try? await Task.sleep(for: pause)
            }
        }
    }
}
