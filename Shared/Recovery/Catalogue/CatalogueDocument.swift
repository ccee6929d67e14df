// SPDX-License-Identifier: Apache-2.0
// Martlet: a listing as JSON for scripts.
internal import ObjectStore
public import Platform
internal import Postgres

/// What `list --output json` writes; members are only ever added.
///
/// ```json
/// {"format":1,"systems":[{"system":"7312645517896472345",
///   "backups":[{"id":"20261128T020000Z-physical-7f3ac2","method":"physical","state":"complete","pinned":false,
///     "began":"2026-11-28T02:00:00Z","ended":"2026-11-28T02:04:11Z","seconds":251,"plain_bytes":5800000000,
///     "stored_bytes":1290000000,"server_version":150020,"timeline":1,"start_lsn":"16/B3000028","end_lsn":"16/B3000138",
///     "compression":"zstd:3","encrypted":true,"genuine":true,"checks":[{"kind":"drill","outcome":"passed",
///     "began":"2026-11-28T03:00:00Z","ended":"2026-11-28T03:10:00Z","rpo_seconds":4.2,"rto_seconds":312.8}]}],
///   "unfinished":[{"id":"20261128T100000Z-logical-1a2b3c","began":"2026-11-28T10:00:00Z","age_seconds":63}],
///   "wal":[{"timeline":1,"files":310,"bytes":2100000000,"first":"0000000100000016000000B3","last":"0000000100000017000000E8"}],
///   "strangers":[]}]}
/// ```
/// `state` is `complete`, `damaged` (the last check said so) or `unreadable` (then `problem` says why and most
/// members are missing). `genuine` is false when there was no key to check the entry with. Durations are seconds,
/// times RFC 3339 in UTC.
public struct CatalogueDocument: Sendable {
    private let systems: [System]

    /// Describes systems and, where it was listed, their WAL.
    public init(_ listings: [(listing: CatalogueListing, log: [WALTimeline])], now: Timestamp) {
        systems = listings.map { System($0.listing, $0.log, now: now) }
    }

    /// The JSON, with sorted members and without line breaks.
    public func encoded() throws(RecoveryError) -> [UInt8] {
        try JSONDocument.encode(Document(format: 1, systems: systems))
    }

    private struct Document: Encodable {
        let format: Int
        let systems: [System]
    }

    private struct System: Encodable {
        let system: String
        let backups: [Backup]
        let unfinished: [Unfinished]
        let wal: [Log]
        let strangers: [String]

        init(_ listing: CatalogueListing, _ log: [WALTimeline], now: Timestamp) {
            system = "\(listing.system)"
            backups = listing.backups.map { Backup($0) }
            unfinished = listing.unfinished.map { Unfinished($0, now: now) }
            wal = log.map { Log($0) }
            strangers = listing.strangers.map(\.description)
        }
    }

    private struct Backup: Encodable {
        let id: String
        let method: String
        let state: String
        let pinned: Bool
        let problem: String?
        let began: String?
        let ended: String?
        let seconds: Double?
        let plain_bytes: Int64?
        let stored_bytes: Int64?
        let server_version: Int?
        let label: String?
        let database: String?
        let timeline: UInt32?
        let start_lsn: String?
        let end_lsn: String?
        let compression: String?
        let encrypted: Bool?
        let key: String?
        let host: String?
        let program: String?
        let genuine: Bool
        let checks: [Check]

        init(_ backup: CatalogueListing.Backup) {
            let entry = backup.entry?.entry
            id = "\(backup.id)"
            method = backup.id.method.rawValue
            state = entry == nil ? "unreadable" : backup.health == .damaged ? "damaged" : "complete"
            pinned = backup.isPinned
            problem = backup.problem
            began = entry?.facts.began.formatted(fractionDigits: 0)
            ended = entry?.ended.formatted(fractionDigits: 0)
            seconds = entry?.duration.roundedSeconds
            plain_bytes = entry?.plainSize
            stored_bytes = entry?.storedSize
            server_version = entry?.facts.serverVersion
            label = entry?.facts.label
            database = entry?.facts.database
            timeline = entry?.facts.timeline
            start_lsn = entry?.facts.startLSN?.description
            end_lsn = entry?.facts.endLSN?.description
            compression = entry?.compression.description
            encrypted = entry?.isEncrypted
            key = entry?.keyID
            host = entry?.facts.host
            program = entry?.program
            genuine = backup.entry?.standing == .verified
            checks = backup.checks.map { Check($0.result) }
        }
    }

    private struct Check: Encodable {
        let kind: String
        let outcome: String
        let began: String
        let ended: String
        let rpo_seconds: Double?
        let rto_seconds: Double?
        let findings: [String]

        init(_ result: CheckResult) {
            kind = result.kind.rawValue
            outcome = result.outcome.rawValue
            began = result.began.formatted(fractionDigits: 0)
            ended = result.ended.formatted(fractionDigits: 0)
            rpo_seconds = result.recoveryPoint?.roundedSeconds
            rto_seconds = result.recoveryTime?.roundedSeconds
            findings = result.findings
        }
    }

    private struct Unfinished: Encodable {
        let id: String
        let began: String?
        let age_seconds: Double?

        init(_ backup: UnfinishedBackup, now: Timestamp) {
            id = "\(backup.id)"
            began = backup.began?.formatted(fractionDigits: 0)
            age_seconds = backup.began.map { (now - $0).roundedSeconds }
        }
    }

    private struct Log: Encodable {
        let timeline: UInt32
        let files: Int
        let bytes: Int64
        let first: String?
        let last: String?

        init(_ timeline: WALTimeline) {
            let segments = timeline.segments
            self.timeline = timeline.id
            files = timeline.files.count
            bytes = timeline.files.reduce(0) { $0 + $1.info.size }
            first = segments.min()?.description
            last = segments.max()?.description
        }
    }
}
