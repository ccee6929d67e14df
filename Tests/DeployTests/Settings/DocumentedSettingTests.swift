// SPDX-License-Identifier: Apache-2.0
// Martlet: docs/configuration.md has the settings that the programs read, and no others.

import TestSupport
import Testing

@Suite("Settings in the documents")
struct DocumentedSettingTests {
    /// Read before any other setting, and by what builds.
    static let early: Set<String> = ["MARTLET_CONFIG", "MARTLET_COMMIT"]

    /// The names in the first cells of the tables between two headings; `…_AGE` is what precedes it in its cell, but for the end.
    private func listed(from first: String, until last: String) throws -> Set<String> {
        let text = try Repository.text("docs/configuration.md")
        let start = try #require(text.firstRange(of: "\n\(first)\n"))
        let end = try #require(text.firstRange(of: "\n\(last)\n"))
        var names: Set<String> = []
        for line in text[start.upperBound..<end.lowerBound].split(separator: "\n") where line.hasPrefix("| `") {
            var before = ""
            for part in line.dropFirst(2).prefix(while: { $0 != "|" }).split(separator: "`") {
                if part.hasPrefix("…_") {
                    // MARTLET_BACKUP_KEEP_COUNT and …_HOURLY, MARTLET_RESTORE_AT and …_LSN: the last word is another.
                    names.insert(
                        before.split(separator: "_").dropLast().joined(separator: "_") + String(part.dropFirst(1))
                    )
                } else if part.first?.isUppercase == true,
                    part.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" })
                {
                    before = String(part)
                    names.insert(before)
                }
            }
        }
        return names
    }

    @Test func theyAreTheReadersOwn() async throws {
        var read: Set<String> = []
        for program in ProgramSettings.programs { read.formUnion(try await ProgramSettings.names(of: program)) }
        let documented = try listed(from: "## All programs", until: "## Stores of backups")
        #expect(documented.count > 100)
        let unknown = documented.subtracting(read).subtracting(Self.early)
        #expect(unknown.isEmpty, "documented and read by nobody: \(unknown.sorted())")
        let undocumented = read.subtracting(documented)
        #expect(undocumented.isEmpty, "read and not documented: \(undocumented.sorted())")
    }
}
