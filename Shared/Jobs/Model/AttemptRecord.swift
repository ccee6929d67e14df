// SPDX-License-Identifier: Apache-2.0
// An attempt that did not succeed, as readers see it.

/// An attempt that did not succeed.
public struct AttemptRecord: Sendable {
    /// Its number, from 1.
    public var attempt: Int
    /// How it ended.
    public var outcome: AttemptOutcome
    /// When it ended; microseconds since 1970.
    public var endedAt: Int64
    /// How long it ran, if that is known.
    public var runTime: Duration?
    /// What went wrong.
    public var error: String?
}
