// SPDX-License-Identifier: Apache-2.0
// Martlet: the time between the wish to end a server and its end, in which its clients leave without losing a request.

internal import Logging
internal import Platform
internal import ServiceLifecycle

/// Runs beside a server and is shut down before it.
///
/// A client with a keep-alive connection may send a request at the very moment at which the server closes the connection, and a new connection may wait to be
/// accepted while the listener closes: both would be reset. So the end begins with a pause in which no new connection is let in and every answer says
/// `Connection: close`. Clients that are busy leave with their next answer; what is idle after that is closed.
struct ServerFarewell: Service, CustomStringConvertible {
    let lifecycle: Lifecycle
    let listener: Listener
    let connections: OpenConnections
    /// How long a connection may take to ask once more.
    let patience: Duration
    let logger: Logger

    private static let step: Duration = .milliseconds(10)
    /// How long a connection may take from its first segment to its acceptance.
    private static let handshake: Duration = .milliseconds(200)

    var description: String { "http-farewell" }

    func run() async throws {
        try? await gracefulShutdown()
        guard !Task.isCancelled else { return }
        // Whoever shuts the server down drains it, even where nobody said so before.
        lifecycle.advance(to: .draining)
        let began = ContinuousClock.now
        do { try await listener.refuseConnections() } catch {
            logger.debug("the last connections may be reset", metadata: ["error": "\(error)"])
        }
        // What is between a SYN and its acknowledgement, or accepted and not counted yet, gets a moment in any case.
        repeat {
            try? await Task.sleep(for: Self.step)
        } while !Task.isCancelled && isWanted(ContinuousClock.now - began)
    }

    private func isWanted(_ elapsed: Duration) -> Bool {
        elapsed < (connections.count > 0 ? patience : min(Self.handshake, patience))
    }
}
