// SPDX-License-Identifier: Apache-2.0
// Martlet: the service that declares the process ready, and draining when it ends for another reason than a signal.
internal import ServiceLifecycle

/// Runs the start action once, moves the lifecycle to `ready`, and waits for the shutdown.
struct StartService: Service, CustomStringConvertible {
    let lifecycle: Lifecycle
    let action: (@Sendable () async throws -> Void)?
    let description = "start"

    func run() async throws {
        if let action {
            // What waits for a database that is away need not be waited for at the end.
            do { try await cancelWhenGracefulShutdown { try await action() } } catch {
                guard error is CancellationError, Task.isShuttingDownGracefully else { throw error }
            }
        } else {
            lifecycle.advance(to: .ready)
        }
        try? await gracefulShutdown()  // throws only when cancelled, which ends the wait as well
        lifecycle.advance(to: .draining)
    }
}
