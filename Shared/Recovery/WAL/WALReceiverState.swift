// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a receiver of the log is.
public import Postgres

/// A receiver's state, for metrics.
public struct WALReceiverState: Hashable, Sendable {
    /// Whether the log streams.
    public var isStreaming = false
    /// The timeline.
    public var timeline: UInt32 = 0
    /// All before is received.
    public var received = LSN.none
    /// All before is in the store.
    public var stored = LSN.none
    /// Gaps that were found.
    public var gaps = 0
    /// Connections that were lost.
    public var losses = 0
    /// Whether the server has removed what should come next.
    var isBehind = false

    mutating func take(_ event: WALReceiverEvent) {
        switch event {
        case .streaming(let position, let timeline):
            isStreaming = true
            self.timeline = timeline
            received = position
            stored = position
        case .gap: gaps += 1
        case .lost:
            isStreaming = false
            losses += 1
        }
    }
}
