// SPDX-License-Identifier: Apache-2.0
// Not now: the attempt is not counted.

/// Thrown by a handler to be called again later without this attempt being counted.
public struct JobSnooze: Error, Sendable {
    /// The pause.
    public let delay: Duration

    /// Creates a snooze.
    public init(delay: Duration) {
        self.delay = delay
    }
}
