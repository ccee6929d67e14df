// SPDX-License-Identifier: Apache-2.0
// Martlet: the small parts of physical backups and restores.

import Platform
import Postgres
import Testing

@testable import Recovery

@Suite("Parts of physical backups")
struct PhysicalPartsTests {
    @Test("CRC-32C is the one of RFC 3720, by tables and by the processor's instruction", arguments: [true, false])
    func crc(usesTables: Bool) {
        var sum = CRC32C(usesTables: usesTables)
        sum.update(Array("12345".utf8).span)
        sum.update(Array("6789".utf8).span)
        #expect(sum.value == 0xE306_9283)
        var long = CRC32C(usesTables: usesTables)
        long.update([UInt8](repeating: 0, count: 32).span)
        #expect(long.value == 0x8A91_36AA)
    }

    @Test(
        "CRC-32C by tables and by the instruction is the same for any pieces",
        arguments: 1...20 as ClosedRange<UInt64>
    )
    func crcPieces(seed: UInt64) {
        var random = SeededBytes(seed: seed)
        var (fast, plain) = (CRC32C(), CRC32C(usesTables: true))
        for piece in [random.mixture(Int(seed)), random.mixture(1_000 + Int(seed)), [], random.mixture(7)] {
            fast.update(piece.span)
            plain.update(piece.span)
            #expect(fast.value == plain.value, "seed \(seed), \(piece.count) bytes")
        }
    }

    @Test(
        "Which files have pages",
        arguments: [
            ("base/5/16384", 0), ("base/5/16384.1", 131_072), ("base/5/16384_vm", 0), ("base/5/16384_fsm.2", 262_144),
            ("global/1262", 0), ("base/5/16384_init", 0),
        ]
    )
    func relations(_ path: String, _ block: UInt32) {
        #expect(RelationFile(path, inTablespace: false)?.firstBlock == block)
    }

    @Test(
        "Which files have none",
        arguments: [
            "base/5/PG_VERSION", "base/5/pg_filenode.map", "global/pg_control", "pg_wal/1", "base/5/t3_16384",
            "base/5/16384_x", "base/5/16384.", "base/5/16384.1.2", "16384", "base/16384", "base/x/1",
            "PG_15_202209061/5/16384",
        ]
    )
    func others(_ path: String) { #expect(RelationFile(path, inTablespace: false) == nil) }

    @Test("Pages: empty, newer and damaged ones")
    func pages() {
        var page = [UInt8](repeating: 0, count: 8_192)
        #expect(PageChecksum.examine(page.span, at: 0, block: 0, limit: 100) == .empty)
        page[5_000] = 1
        #expect(PageChecksum.examine(page.span, at: 0, block: 0, limit: 100) == .damaged)
        page[14] = 1
        #expect(PageChecksum.examine(page.span, at: 0, block: 0, limit: 100) == .damaged)
        page[4] = 100
        #expect(PageChecksum.examine(page.span, at: 0, block: 0, limit: 100) == .newer)
    }

    @Test("The map of tablespaces is read, moved and written")
    func map() throws {
        let bytes = Array("16400 /a\\\\b\\\n c\n16401 /d e\n".utf8)
        var map = try TablespaceMap(bytes)
        #expect(map.folders == ["16400": "/a\\b\n c", "16401": "/d e"])
        #expect(try TablespaceMap(map.bytes) == map)
        try map.move(["/d e": "/new"])
        #expect(map.folders["16401"] == "/new")
        #expect(throws: RecoveryError.self) { try map.move(["/unknown": "/x"]) }
        #expect(throws: RecoveryError.self) { try TablespaceMap(Array("16400\n".utf8)) }
    }

    @Test("Settings replace those of an earlier restore, and are quoted")
    func settings() throws {
        var settings = RecoverySettings(restoreCommand: "fetch 'a b' %f \"%p\" \\")
        settings.target = .time(try Timestamp(parsing: "2026-11-28T16:45:00.25Z"))
        settings.others = ["archive_mode": "off"]
        let old = """
            # Do not edit
            work_mem = '8MB'
            recovery_target_name = 'old'
             Restore_Command='x'
            archive_mode = 'on'
            """
        let text = try settings.applied(to: old)
        #expect(
            text == """
                # Do not edit
                work_mem = '8MB'
                # Written by a restore.
                restore_command = 'fetch ''a b'' %f "%p" \\\\'
                recovery_target_timeline = 'latest'
                recovery_target_time = '2026-11-28 16:45:00.250000+00'
                recovery_target_action = 'promote'
                recovery_target_inclusive = 'on'
                archive_mode = 'off'

                """
        )
        settings.others = ["a b": "1"]
        #expect(throws: RecoveryError.self) { try settings.applied(to: "") }
        #expect(throws: RecoveryError.self) { try RecoverySettings(restoreCommand: "a\nb").applied(to: "") }
    }

    @Test("A manifest with a wrong byte is damaged")
    func manifest() throws {
        let manifest = try TarTests.manifest([("base/5/1", 1), ("global/pg_control", 1)])
        #expect(manifest.files.count == 2)
        #expect(manifest.files["base/5/1"]?.size == 1)
        #expect(throws: RecoveryError.self) { try BackupManifest(Array("{}".utf8)) }
    }

    @Test("Positions are read and written as PostgreSQL does")
    func positions() {
        #expect(LSN("16/B374D848")?.description == "16/B374D848")
        #expect(LSN("0/0") == LSN.none)
        for text in ["", "1", "1/", "/1", "1/2/3", "1/123456789", "g/0", "-1/0", "0x1/0"] { #expect(LSN(text) == nil) }
    }
}
