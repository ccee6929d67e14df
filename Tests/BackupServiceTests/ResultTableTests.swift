// SPDX-License-Identifier: Apache-2.0
// Martlet: tables for people.

import Testing

@testable import BackupService

@Suite("Tables on a terminal")
struct ResultTableTests {
    @Test func columnsAreAligned() {
        var table = ResultTable(["A", "LONGER", "C"])
        table.add(["one", "2", "three"])
        table.add(["1", "", ""])
        #expect(table.description == "A    LONGER  C\none  2       three\n1\n")
    }

    @Test func nothingSteersTheTerminal() {
        var table = ResultTable(["A"])
        table.add(["\u{1B}[31mred\u{202E}\nnext"])
        #expect(table.description == "A\n?[31mred??next\n")
    }
}
