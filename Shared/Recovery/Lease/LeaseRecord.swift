// SPDX-License-Identifier: Apache-2.0
// Martlet: what a generation of the lease says.
internal import FoundationEssentials
internal import Platform

/// The JSON of one generation of the lease.
struct LeaseRecord: Hashable, Sendable, Codable {
    var token: String
    var host: String
    var pid: Int32
    var verb: String
    var since: String
    var backup: String?
    /// For how long it holds after it was written, in milliseconds.
    var lifetime: Int64
    var isReleased: Bool

    /// Bytes that one may have.
    static let limit = 65_536
    /// Nobody may keep others away for longer than this, whatever is written.
    private static let longest: Int64 = 86_400_000

    init(_ holder: LeaseHolder, token: String, lifetime: Duration, isReleased: Bool) {
        self.token = token
        host = holder.host
        pid = holder.pid
        verb = holder.verb
        since = holder.since.formatted()
        backup = holder.backup?.description
        let (seconds, attoseconds) = lifetime.components
        self.lifetime = min(seconds * 1000 + attoseconds / 1_000_000_000_000_000, Self.longest)
        self.isReleased = isReleased
    }

    /// Reads one; what is no record counts as held by somebody unknown.
    init(reading bytes: [UInt8]) {
        if let record = try? JSONDecoder().decode(LeaseRecord.self, from: Data(bytes)) {
            self = record
            lifetime = min(max(lifetime, 0), Self.longest)
        } else {
            self.init(.unknown, token: "", lifetime: RunLease.standardLifetime, isReleased: false)
        }
    }

    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Texts and numbers always encode.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    var holder: LeaseHolder {
        LeaseHolder(
            host: host,
            pid: pid,
            verb: verb,
            since: (try? Timestamp(parsing: since)) ?? .earliest,
            backup: backup.flatMap { BackupID($0) }
        )
    }
}
