// SPDX-License-Identifier: Apache-2.0
// Martlet: how far a backup or a restore is.
internal import Synchronization

/// Counters of one run, written by those who work and read by a terminal or by metrics.
public final class BackupProgress: Sendable {
    private let state: Mutex<ProgressFigures>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Begins to count.
    public init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
        state = Mutex(ProgressFigures(began: now()))
    }

    /// Says how many bytes there will be; nil when nobody knows.
    public func expect(_ bytes: Int64?) { state.withLock { $0.expected = bytes } }

    /// Counts bytes taken from the source.
    public func read(_ bytes: Int) { state.withLock { $0.bytesRead += Int64(bytes) } }

    /// Counts bytes written to the store or the disk.
    public func stored(_ bytes: Int) { state.withLock { $0.bytesStored += Int64(bytes) } }

    /// Counts bytes that an earlier run had stored already.
    public func recognised(_ bytes: Int) { state.withLock { $0.bytesRecognised += Int64(bytes) } }

    /// Counts a whole file or table.
    public func finishedFile() { state.withLock { $0.files += 1 } }

    /// The figures as they are now.
    public var figures: ProgressFigures {
        let now = now()
        return state.withLock { state in
            var figures = state
            figures.elapsed = now - figures.began
            return figures
        }
    }
}
