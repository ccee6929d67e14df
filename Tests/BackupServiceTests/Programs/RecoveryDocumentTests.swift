// SPDX-License-Identifier: Apache-2.0
// Martlet: docs/recovery.md and docs/configuration.md say what the program does.

import Platform
import TestSupport
import Testing

@testable import BackupService

@Suite("The recovery handbook")
struct RecoveryDocumentTests {

    static func text(_ name: String) -> String { BackupScene.text(of: "\(Repository.root)/docs/\(name)") }

    /// The shell block below a heading.
    static func commands(below heading: String) throws -> String {
        let handbook = text("recovery.md")
        let start = try #require(handbook.firstRange(of: "### \(heading)\n"), "there is no \(heading)")
        let rest = handbook[start.upperBound...]
        let block = try #require(rest.firstRange(of: "```sh\n"))
        let end = try #require(rest[block.upperBound...].firstRange(of: "```"))
        return String(rest[block.upperBound..<end.lowerBound])
    }

    @Test func listsEachExitCode() {
        let handbook = Self.text("recovery.md")
        for (code, meaning) in BackupExit.meanings { #expect(handbook.contains("| \(code) | \(meaning) |"), "\(code)") }
    }

    @Test func listsEachVerbAndOption() {
        let handbook = Self.text("recovery.md")
        for verb in BackupVerb.allCases { #expect(handbook.contains("`\(verb.rawValue)"), "\(verb.rawValue)") }
        for option in BackupOption.table { #expect(handbook.contains(option.name), "\(option.name)") }
    }

    @Test func listsEachSetting() {
        let listed = Self.text("configuration.md")
        let names = SiblingSettings.names.filter { $0.hasPrefix("MARTLET_BACKUP_") || $0.hasPrefix("MARTLET_RESTORE_") }
        for name in names {
            let suffix = name.split(separator: "_").last ?? ""
            #expect(listed.contains("`\(name)`") || listed.contains("`…_\(suffix)`"), "\(name)")
        }
    }
}
