// SPDX-License-Identifier: Apache-2.0
// Martlet: how a drill is run.
internal import Glibc

/// Where a drill restores to, as whom, for how long, and what it must reach.
public struct DrillSettings: Sendable {
    /// The folder in which a scratch folder is made; default `TMPDIR` or `/tmp`.
    public var folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    /// The folder of PostgreSQL's programs, of the backup's major version.
    public var programs: String
    /// Whom the server runs as when we are root; default `postgres`.
    public var user = "postgres"
    /// The cluster's superuser; default `postgres`.
    public var role = "postgres"
    /// The database of the ledger, whose rules are looked at; default `martlet`.
    public var database = "martlet"
    /// The limit of each phase; default 4 h for restore and replay, 1 h for the others.
    public var limits: [DrillPhase: Duration] = [:]
    /// What must be reached.
    public var objectives = DrillObjectives()
    /// Whether pg_amcheck also looks for rows that an index lacks, which reads every table again; default yes.
    public var looksForMissingEntries = true
    /// Memory for the server's pages; default 128 MB, as a setting of PostgreSQL.
    public var sharedBuffers = "128MB"
    /// Libraries that the content needs at start, which must be installed here; default none.
    public var libraries: [String] = []
    /// Whether the folder of a drill that came to an end is left, with the server stopped; default no.
    public var keepsFolder = false
    /// Room that must be left beside what the backup needs; default 512 MiB.
    public var spareBytes: Int64 = 512 << 20

    /// Takes the folder of PostgreSQL's programs.
    public init(programs: String) { self.programs = programs }

    /// The limit of a phase.
    public func limit(_ phase: DrillPhase) -> Duration {
        limits[phase] ?? (phase == .restore || phase == .replay ? .seconds(4 * 3600) : .seconds(3600))
    }
}
