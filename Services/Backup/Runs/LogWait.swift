// SPDX-License-Identifier: Apache-2.0
// Martlet: a physical backup is worth nothing without its log, so it waits for it.

internal import Postgres
internal import Recovery

/// Waits until the archive has the log between a backup's beginning and its end.
struct LogWait: Sendable {
    /// How long the log may take; the server ends its segment with the backup, so that it is archived at once.
    static let limit: Duration = .seconds(60)

    private let archive: WALArchive
    /// Bytes of the server's segments.
    let segmentSize: Int

    /// Looks how the server's log gets into the archive, before hours are spent.
    /// - Throws: `.request` when nobody brings it there.
    init(_ archive: WALArchive, _ session: ReplicationSession, slot: String?) async throws(RecoveryError) {
        self.archive = archive
        let isBrought: Bool
        do throws(PostgresError) {
            let size = try await session.show("wal_segment_size")
            let number = Int(size.prefix(while: \.isNumber)) ?? 16
            segmentSize = number << (size.hasSuffix("GB") ? 30 : 20)
            if try await session.show("archive_mode") != "off" {
                isBrought = true
            } else if let slot {
                isBrought = try await session.slot(slot) != nil
            } else {
                isBrought = false
            }
        } catch {
            throw RecoveryError(.database, "the server doesn't show its settings: \(error)", cause: error)
        }
        guard isBrought else {
            throw RecoveryError(.request, "nobody brings the server's log into the store: \(Self.advice)")
        }
    }

    private static let advice =
        "set archive_mode = on and archive_command = 'martlet-backup wal-push %p', or run `martlet-backup receive`; "
        + "`martlet-backup check` says more"

    /// Waits.
    /// - Throws: `.missingLog` with the first missing segments, `.cancelled`, `.store`.
    func until(_ facts: BackupFacts) async throws(RecoveryError) {
        guard let start = facts.startLSN, let end = facts.endLSN, let timeline = facts.timeline else { return }
        let deadline = ContinuousClock.now + Self.limit
        while true {
            let (coverage, histories) = try await archive.coverage(segmentSize: segmentSize)
            let history = histories.first { $0.timeline == timeline } ?? TimelineHistory(timeline: timeline)
            let reach = coverage.reach(from: start, along: history)
            if let reach, reach >= end { return }
            guard ContinuousClock.now < deadline else {
                throw RecoveryError(
                    .missingLog,
                    "the archive has no log from \(reach ?? start) to \(end), which this backup needs, after "
                        + "\(Self.limit.components.seconds) s: \(Self.advice). Then `backup --resume` goes on"
                )
            }
            do { try await Task.sleep(for: .milliseconds(500)) } catch {
                throw RecoveryError(.cancelled, "cancelled while waiting for the log")
            }
        }
    }
}
