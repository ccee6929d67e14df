// SPDX-License-Identifier: Apache-2.0
// Martlet: the level of all loggers of the process, changeable while it runs.
public import Logging
internal import Synchronization

/// The shared minimum level; a logger whose own level was set keeps its own.
public final class LogLevelSwitch: Sendable {
    private let ordinal: Atomic<Int>

    /// Starts at a level.
    public init(_ level: Logger.Level) { ordinal = Atomic(level.ordinal) }

    /// The level now; setting it takes effect with the next line of every logger.
    public var level: Logger.Level {
        get { Logger.Level(ordinal: ordinal.load(ordering: .relaxed)) }
        set { ordinal.store(newValue.ordinal, ordering: .relaxed) }
    }
}
