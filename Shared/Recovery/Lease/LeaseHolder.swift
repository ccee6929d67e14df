// SPDX-License-Identifier: Apache-2.0
// Martlet: who runs, for the one who may not.
public import Platform

/// Who holds a lease; shown to whom it is refused.
public struct LeaseHolder: Hashable, Sendable, CustomStringConvertible {
    /// The host's name.
    public var host: String
    /// The process.
    public var pid: Int32
    /// What it does: `backup`, `prune`, `drill`.
    public var verb: String
    /// Since when, by its clock.
    public var since: Timestamp
    /// The backup that it works at; retention leaves it alone.
    public var backup: BackupID?

    /// Whoever wrote a lease that can't be read.
    static let unknown = LeaseHolder(host: "", pid: 0, verb: "", since: .earliest)

    /// Describes a holder.
    public init(host: String, pid: Int32, verb: String, since: Timestamp = .now(), backup: BackupID? = nil) {
        self.host = host
        self.pid = pid
        self.verb = verb
        self.since = since
        self.backup = backup
    }

    /// `backup on db1 (pid 4711) since 2026-11-28T02:00:00Z`.
    public var description: String {
        guard self != .unknown else { return "one whose lease can't be read" }
        return "\(verb) on \(host) (pid \(pid)) since \(since.formatted(fractionDigits: 0))"
    }
}
