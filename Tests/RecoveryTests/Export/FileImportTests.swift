// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of configuration files and settings in exports and imports.

import Glibc
import TestSupport
import Testing

@testable import Recovery

@Suite("Files and settings of exports")
struct FileImportTests {
    @Test func aFileIsWrittenWhereThereIsNoneAndNeverOverAnother() throws {
        let folder = try RecoveryFolder()
        let path = "\(folder.path)/health.yaml"
        try RecoveryFolder.write(Array("checks: []\n".utf8), to: path)
        let files = try FileImport.read([path])
        #expect(try FileImport.run(files, applies: true).unchanged == 1)
        try RecoveryFolder.write(Array("changed\n".utf8), to: path)
        let left = try FileImport.run(files, applies: true)
        #expect(left.lines.map(\.change) == [.left] && left.count == 0)
        #expect(try RecoveryFolder.bytes(of: path) == Array("changed\n".utf8))
        unlink(path)
        #expect(try FileImport.run(files, applies: false).lines.map(\.change) == [.added])
        #expect(access(path, F_OK) != 0)
        #expect(try FileImport.run(files, applies: true).count == 1)
        #expect(try RecoveryFolder.bytes(of: path) == Array("checks: []\n".utf8))
        // Nothing else is left beside it.
        #expect(RecoveryFolder.names(in: folder.path) == ["health.yaml"])
        let error = #expect(throws: RecoveryError.self) { try NewFile.write([1], to: path) }
        #expect(error?.code == .request && error?.message.contains("nothing is overwritten") == true)
        #expect(throws: RecoveryError.self) { try FileImport.read(["\(folder.path)/absent"]) }
    }

    @Test func settingsAreShownAndNeverSet() {
        let (port, level) = (
            ExportedSetting(name: "APP_PORT", value: "1"), ExportedSetting(name: "LOG_LEVEL", value: "info")
        )
        let secret = ExportedSetting(name: "MARTLET_API_KEYS", value: nil)
        let plan = SettingImport.run(
            [port, level, secret],
            here: [
                ExportedSetting(name: "APP_PORT", value: "2"), level,
                ExportedSetting(name: "MARTLET_BIND", value: "::"),
            ]
        )
        #expect(plan.unchanged == 1 && plan.count == 0)
        #expect(plan.lines.map(\.title) == ["MARTLET_API_KEYS (secret)", "APP_PORT=1", "MARTLET_BIND=::"])
        #expect(plan.lines.map(\.change) == [.left, .left, .onlyHere])
    }
}
