// SPDX-License-Identifier: Apache-2.0
// Martlet: names of backups.

import Platform
import Recovery
import Testing

@Suite("Names of backups")
struct BackupIDTests {
    @Test("A name says when and how, and is read back")
    func named() throws {
        let began = try Timestamp(parsing: "2026-11-28T16:45:00.9Z")
        let id = BackupID(began: began, method: .physical, random: 0x7f)
        #expect(id.description == "20261128T164500Z-physical-00007f")
        #expect(BackupID(id.description) == id)
        #expect(id < BackupID(began: began + .seconds(1), method: .logical, random: 0))
    }

    @Test(
        "What is no name is refused",
        arguments: [
            "", "20261128T164500Z-physical", "20261128T164500Z-copy-00007f", "20261128T164500Z-logical-00007G",
            "2026-1128T164500Z-logical-00007f", "20261128T164500Z-logical-00007f-",
        ]
    )
    func refused(_ text: String) { #expect(BackupID(text) == nil) }

    @Test func knowsWhenTheBackupBegan() throws {
        let began = Timestamp(seconds: 1_796_000_000)
        #expect(BackupID(began: began + .milliseconds(999), method: .physical).began == began)
        #expect(try #require(BackupID("20269928T020000Z-physical-7f3ac2")).began == nil)
    }
}
