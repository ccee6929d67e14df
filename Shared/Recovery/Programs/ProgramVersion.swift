// SPDX-License-Identifier: Apache-2.0
// Martlet: the version that a program of PostgreSQL says it has.

/// The major version in the answer to `--version`: 15 in `pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`.
struct ProgramVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The major version.
    let major: Int

    init(major: Int) { self.major = major }

    /// The version of a server with this `server_version_num`.
    init(server: Int) { major = server / 10_000 }

    /// Reads an answer; nil if it is none of PostgreSQL's.
    init?(answer: String) {
        guard let mark = answer.firstRange(of: "(PostgreSQL) "),
            let major = Int(answer[mark.upperBound...].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        self.major = major
    }

    var description: String { String(major) }

    static func < (left: Self, right: Self) -> Bool { left.major < right.major }
}
