// SPDX-License-Identifier: Apache-2.0
// Martlet: what would have been lost with the primary.
public import Platform
public import Postgres

/// How far the living primary was ahead of what a recovery reached, both at the same moment.
public struct Exposure: Hashable, Codable, Sendable {
    /// Bytes of its log that were durable there and not in the archive.
    public var bytes: Int64
    /// The time within which lost commits fell: exact when the primary keeps commits' times, else an upper limit.
    public var time: Duration
    /// Whether the time is exact.
    public var isExact: Bool

    /// Takes all over.
    public init(bytes: Int64, time: Duration, isExact: Bool) {
        self.bytes = bytes
        self.time = time
        self.isExact = isExact
    }

    /// Compares what a primary had with what was recovered.
    /// - Parameters:
    ///   - primary: The primary at the moment at which the archive was found to end.
    ///   - position: Behind the last byte that was replayed.
    ///   - lastCommit: When the last recovered transaction was committed, or an earlier time when that is not known.
    public init(_ primary: PrimarySight, position: LSN, lastCommit: Timestamp) {
        let bytes = primary.flushed > position ? primary.flushed.value - position.value : 0
        self.bytes = Int64(clamping: bytes)
        isExact = bytes == 0 || primary.lastCommit != nil
        time = bytes > 0 ? max(.zero, (primary.lastCommit ?? primary.time) - lastCommit) : .zero
    }
}
