// SPDX-License-Identifier: Apache-2.0
// Martlet: which name each thing has in a store, for one database system.
public import ObjectStore
public import Platform

/// The names of a system's objects; those of a backup's parts are made by ``BackupPath``.
///
/// ```
/// <system>/backups/<backup>/head                  written first: key, options
/// <system>/backups/<backup>/volume-000001         sealed chunks
/// <system>/backups/<backup>/volume-000001.index   sealed list of them
/// <system>/backups/<backup>/index                 sealed list of archives
/// <system>/backups/<backup>/entry                 written last: the backup exists from now on
/// <system>/backups/<backup>/pinned                retention leaves the backup alone
/// <system>/checks/<backup>/<time>-<kind>          result of a verification or a drill
/// <system>/wal/<timeline>/<name>                  a WAL segment, a .history or a .backup file
/// <system>/wal/<timeline>/<segment>.part/<a>-<b>  a piece of the segment that is under way
/// <system>/exports/<time>                         configuration, signed (``StoredExports``)
/// <system>/keys/<id>                              a key wrapped by a key service; no prune removes it
/// <system>/lease/<generation>                     who runs now
/// <system>/lease-drill/<generation>               who drills now
/// <system>/readers/<backup>/<token>               somebody reads the backup: retention leaves it alone meanwhile
/// ```
public struct StoreLayout: Hashable, Sendable {
    /// The system.
    public let system: SystemID

    /// The layout of a system.
    public init(_ system: SystemID) { self.system = system }

    /// What all names of the system begin with.
    public var prefix: String { "\(system)/" }
    /// What the names of all backups begin with.
    public var backups: String { BackupPath.prefix(of: system) }
    /// What the names of all check results begin with.
    public var checks: String { "\(system)/checks/" }
    /// What the names of all WAL begin with.
    public var wal: String { "\(system)/wal/" }
    /// What the names of all exports begin with.
    public var exports: String { "\(system)/exports/" }
    /// What the names of all readers' marks begin with.
    public var readers: String { "\(system)/readers/" }
    /// What the names of a lease's generations begin with.
    public func leases(_ kind: LeaseKind = .change) -> String { "\(system)/\(kind.rawValue)/" }

    /// What the names of a backup's check results begin with.
    public func checks(of backup: BackupID) -> String { "\(checks)\(backup)/" }
    /// What the names of a timeline's WAL begin with.
    public func wal(of timeline: UInt32) -> String { "\(wal)\(WALSegment.digits(timeline))/" }

    /// The names of a backup's own objects.
    public func path(of backup: BackupID) -> BackupPath { BackupPath(backup, of: system) }
    /// What keeps a backup whatever the policy.
    public func pin(of backup: BackupID) -> ObjectKey { .made(path(of: backup).prefix + "pinned") }
    /// A check's result; the time is when the check began.
    public func check(_ kind: CheckKind, of backup: BackupID, at began: Timestamp) -> ObjectKey {
        let time = began.formatted(fractionDigits: 0).filter { $0 != "-" && $0 != ":" }
        return .made("\(checks(of: backup))\(time)-\(kind.rawValue)")
    }
    /// A WAL segment, a history or a marker of a backup.
    public func wal(_ name: WALFileName) -> ObjectKey { .made("\(wal(of: name.timeline))\(name)") }
    /// A piece of a segment that is under way: bytes from `range.lowerBound` up to and without `range.upperBound`.
    public func piece(_ range: Range<UInt32>, of segment: WALSegment) -> ObjectKey {
        let ends = "\(WALSegment.digits(range.lowerBound))-\(WALSegment.digits(range.upperBound))"
        return .made("\(wal(of: segment.timeline))\(segment).part/\(ends)")
    }
    /// What the names of the marks of a backup's readers begin with.
    public func readers(of backup: BackupID) -> String { "\(readers)\(backup)/" }
    /// The mark of one reader.
    func reader(_ token: String, of backup: BackupID) -> ObjectKey { .made("\(readers(of: backup))\(token)") }
    /// One generation of a lease.
    public func lease(_ generation: UInt64, _ kind: LeaseKind = .change) -> ObjectKey {
        .made("\(leases(kind))\(String(generation, radix: 16).padded(to: 16))")
    }

    /// What a run writes to learn the time by the store's clock, and removes at once.
    func leaseProbe(_ token: String, _ kind: LeaseKind = .change) -> ObjectKey {
        .made("\(leases(kind))clock-\(token)")
    }
}

extension ObjectKey {
    /// A name that the program made from checked parts; another is a fault of ours.
    fileprivate static func made(_ text: String) -> ObjectKey {
        guard let key = ObjectKey(text) else { preconditionFailure("\(text) is no name of an object") }
        return key
    }
}

extension String {
    /// With leading zeros to a length.
    func padded(to length: Int) -> String { String(repeating: "0", count: max(0, length - utf8.count)) + self }
}
