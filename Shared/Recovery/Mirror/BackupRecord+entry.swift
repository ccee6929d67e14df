// SPDX-License-Identifier: Apache-2.0
// Martlet: entries and results as rows of the ledger.
internal import Jobs
internal import Platform
internal import Postgres

extension BackupRecord {
    /// What the ledger shows of a finished backup.
    init(_ entry: CatalogueEntry, isPinned: Bool) {
        self.init(
            id: "\(entry.id)",
            system: "\(entry.system)",
            method: entry.method.rawValue,
            database: entry.facts.database,
            isComplete: true,
            isPinned: isPinned,
            began: entry.facts.began,
            ended: entry.ended,
            plainBytes: entry.plainSize,
            storedBytes: entry.storedSize,
            details: Details(entry).text
        )
    }

    /// What the ledger shows of one without an entry.
    init(unfinished id: BackupID, of system: SystemID, began: Timestamp) {
        self.init(id: "\(id)", system: "\(system)", method: id.method.rawValue, isComplete: false, began: began)
    }
}

/// What people may want to know of a backup, and no query needs.
private struct Details: Encodable {
    let label: String?
    let server_version: Int
    let timeline: UInt32?
    let start_lsn: String?
    let end_lsn: String?
    let compression: String
    let encrypted: Bool
    let key: String?
    let host: String?
    let program: String

    init(_ entry: CatalogueEntry) {
        label = entry.facts.label
        server_version = entry.facts.serverVersion
        timeline = entry.facts.timeline
        start_lsn = entry.facts.startLSN?.description
        end_lsn = entry.facts.endLSN?.description
        compression = "\(entry.compression)"
        encrypted = entry.isEncrypted
        key = entry.keyID
        host = entry.facts.host
        program = entry.program
    }

    /// NUL is no character of PostgreSQL's texts, and JSON writes it with an escape.
    var text: String { (try? JSONDocument.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}" }
}

extension BackupCheckRecord {
    /// What the ledger shows of a result.
    init(_ result: CheckResult) {
        self.init(
            backup: "\(result.backup)",
            system: "\(result.system)",
            kind: result.kind.rawValue,
            began: result.began,
            ended: result.ended,
            outcome: result.outcome.rawValue,
            finding: result.findings.first.map { String($0.filter { $0 != "\0" }) }
        )
        recoveryPoint = result.recoveryPoint
        recoveryTime = result.recoveryTime
        pointObjective = result.pointObjective
        timeObjective = result.timeObjective
    }
}
