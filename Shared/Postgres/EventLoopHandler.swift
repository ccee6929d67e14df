// SPDX-License-Identifier: Apache-2.0
// Martlet: what an event loop calls back, always on its own thread.

/// Owner of a descriptor on an event loop.
protocol EventLoopHandler: AnyObject, Sendable {
    /// The descriptor became ready.
    func ioReady(_ readiness: IOReadiness)
    /// The turn in which `EventLoop.callAtTurnEnd` was asked for has run its jobs.
    func turnEnded()
}

/// A handler that the loop does not keep alive.
struct WeakHandler {
    weak var handler: (any EventLoopHandler)?
}
