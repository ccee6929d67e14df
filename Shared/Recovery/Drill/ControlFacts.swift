// SPDX-License-Identifier: Apache-2.0
// Martlet: what a cluster's control file says, as pg_controldata prints it.

/// What a scratch server must know of the cluster it opens.
struct ControlFacts: Hashable, Sendable {
    let segmentSize: Int
    let hasChecksums: Bool
    let timeline: UInt32
    /// Settings that must be at least as large as they were.
    let limits: [String: Int]

    private static let settings = [
        "max_connections setting": "max_connections",
        "max_worker_processes setting": "max_worker_processes",
        "max_wal_senders setting": "max_wal_senders",
        "max_prepared_xacts setting": "max_prepared_transactions",
        "max_locks_per_xact setting": "max_locks_per_transaction",
    ]

    /// Reads lines of a name, a colon and a value.
    /// - Throws: `.damaged` when something is missing.
    init(_ text: String) throws(RecoveryError) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
            values[String(line[..<colon])] = String(value)
        }
        func number(_ name: String) throws(RecoveryError) -> Int {
            guard let value = values[name].flatMap({ Int($0) }) else {
                throw RecoveryError(.damaged, "pg_controldata says nothing of \(name.debugDescription)")
            }
            return value
        }
        segmentSize = try number("Bytes per WAL segment")
        hasChecksums = try number("Data page checksum version") != 0
        timeline = UInt32(clamping: try number("Latest checkpoint's TimeLineID"))
        var limits: [String: Int] = [:]
        for (name, setting) in Self.settings { limits[setting] = try number(name) }
        self.limits = limits
    }

    static func read(_ folder: String, _ command: ScratchCommand) async throws(RecoveryError) -> ControlFacts {
        try ControlFacts(
            try await command.run("pg_controldata", ["-D", folder], deadline: .seconds(30)).text(limit: 65_536)
        )
    }
}
