// SPDX-License-Identifier: Apache-2.0
// Martlet: settings on restore drills.

internal import Platform
internal import Recovery

/// Where drills restore to, and what lets them compare and measure.
struct DrillOptions: Sendable {
    /// `MARTLET_BACKUP_DRILL_FOLDER`: where a drill makes its scratch folder; nil: `TMPDIR` or `/tmp`.
    let folder: String?
    /// `MARTLET_BACKUP_DRILL_USER`: whom the scratch server runs as when we are root; default `postgres`.
    let user: String
    /// `MARTLET_BACKUP_DRILL_ROLE`: the cluster's superuser; default `postgres`.
    let role: String
    /// `MARTLET_BACKUP_DRILL_LIBRARIES`: what the content needs in `shared_preload_libraries`; default none.
    let libraries: [String]
    /// `MARTLET_BACKUP_DRILL_KEEP`: whether the restored cluster is left for a look; only by the verb, never on schedule.
    let isKept: Bool
    /// `MARTLET_BACKUP_WITNESS`: how long a physical backup looks at the ledger's rows beforehand; default 60 s, nil: not.
    let witness: Duration?
    /// `MARTLET_BACKUP_BEACON`: how often something tiny is committed, so that a drill knows the age of the last commit also
    /// where nobody works; default 10 s, nil: not.
    let beacon: Duration?

    init(_ reader: SettingsReader, for verb: BackupVerb) {
        folder = reader.string("MARTLET_BACKUP_DRILL_FOLDER")
        user = reader.string("MARTLET_BACKUP_DRILL_USER", default: "postgres")
        role = reader.string("MARTLET_BACKUP_DRILL_ROLE", default: "postgres")
        libraries = reader.list("MARTLET_BACKUP_DRILL_LIBRARIES", default: [])
        isKept = reader.bool("MARTLET_BACKUP_DRILL_KEEP", default: false) && verb == .drill
        let hour = Duration.seconds(3_600)
        let witness = reader.duration("MARTLET_BACKUP_WITNESS", default: .seconds(60), in: .zero...hour)
        self.witness = witness == .zero ? nil : witness
        let beacon = reader.duration("MARTLET_BACKUP_BEACON", default: .seconds(10), in: .zero...hour)
        self.beacon = beacon == .zero ? nil : beacon
        if let folder, !folder.hasPrefix("/") {
            reader.report(
                "MARTLET_BACKUP_DRILL_FOLDER",
                problem: "\"\(folder)\" is not absolute",
                allowed: "a path from /"
            )
        }
        if beacon != .zero, beacon < .seconds(1) {
            reader.report("MARTLET_BACKUP_BEACON", problem: "it is too often", allowed: "1 s to 1 h, or 0 for never")
        }
    }
}
