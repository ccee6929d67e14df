// SPDX-License-Identifier: Apache-2.0
// Martlet: a server's settings, judged.

import Testing

@testable import BackupService

@Suite("What check says of a server")
struct ServerCheckTests {
    private static let good = [
        "wal_level": "replica", "max_wal_senders": "10", "archive_mode": "on",
        "archive_command": "martlet-backup wal-push %p", "archive_timeout": "60", "fsync": "on",
        "full_page_writes": "on", "data_checksums": "on",
    ]

    private func findings(
        _ changes: [String: String] = [:],
        exported: Set<String> = [],
        _ adjust: (inout ServerCheck.Facts) -> Void = { _ in }
    ) -> [CheckFinding] {
        var facts = ServerCheck.Facts()
        facts.settings = Self.good.merging(changes) { $1 }
        facts.version = 150_020
        facts.role = "backup"
        facts.mayReplicate = true
        adjust(&facts)
        return ServerCheck(facts: facts, exported: exported).findings
    }

    @Test func aGoodServerHasNothingToDo() {
        #expect(findings().allSatisfy { $0.grade == .good && $0.advice.isEmpty })
    }

    @Test(arguments: [
        ("wal_level", "minimal", "wal_level"), ("max_wal_senders", "1", "max_wal_senders"),
        ("archive_mode", "off", "log"), ("archive_command", "", "log"), ("archive_command", "cp %p /x", "log"),
        ("fsync", "off", "durability"), ("full_page_writes", "off", "durability"),
    ])
    func eachProblemIsFoundAndSaysWhatToDo(_ name: String, _ value: String, _ subject: String) {
        let bad = findings([name: value]).filter { $0.grade == .problem }
        #expect(bad.map(\.subject) == [subject])
        #expect(bad.allSatisfy { !$0.advice.isEmpty })
    }

    @Test func rolesVersionsAndArchivers() {
        #expect(findings { $0.mayReplicate = false }.filter { $0.grade == .problem }.map(\.subject) == ["role"])
        #expect(findings { $0.version = 140_010 }.filter { $0.grade == .problem }.map(\.subject) == ["version"])
        #expect(findings { $0.isArchiverFailing = true }.filter { $0.grade == .problem }.map(\.subject) == ["log"])
    }

    @Test func aReceiverTakesTheArchiversPlace() {
        let received = findings(["archive_mode": "off"]) { $0.slot = ("martlet_backup", true) }
        #expect(received.allSatisfy { $0.grade == .good })
        let idle = findings(["archive_mode": "off"]) { $0.slot = ("martlet_backup", false) }
        #expect(idle.filter { $0.grade == .problem }.map(\.subject) == ["log"])
    }

    @Test func configurationOutsideOfTheDataFolderIsNamedUntilExportsHaveIt() {
        let outside = [
            "data_directory": "/data", "config_file": "/etc/pg/postgresql.conf", "hba_file": "/data/pg_hba.conf",
        ]
        let found = findings(outside).filter { $0.grade != .good }
        #expect(found.map(\.subject) == ["configuration"])
        #expect(found.allSatisfy { $0.grade == .attention && $0.advice.contains("/etc/pg/postgresql.conf") })
        #expect(found.allSatisfy { !$0.advice.contains("pg_hba.conf") })
        #expect(findings(outside, exported: ["/etc/pg/postgresql.conf"]).allSatisfy { $0.grade == .good })
        #expect(findings(outside) { $0.isConfigurationRead = true }.allSatisfy { $0.grade == .good })
        let inside = ["data_directory": "/data", "config_file": "/data/postgresql.conf"]
        #expect(findings(inside).filter { $0.subject == "configuration" }.map(\.grade) == [.good])
        // A folder whose name only begins alike is another one.
        #expect(
            findings(["data_directory": "/data", "config_file": "/data2/postgresql.conf"]).contains {
                $0.grade == .attention
            }
        )
        #expect(!findings().contains { $0.subject == "configuration" })
    }

    @Test func someThingsAreOnlyWorthAThought() {
        #expect(
            findings(["data_checksums": "off"]).filter { $0.grade == .attention }.map(\.subject) == ["data_checksums"]
        )
        #expect(findings(["archive_timeout": "0"]).filter { $0.grade == .attention }.map(\.subject) == ["log"])
    }
}
