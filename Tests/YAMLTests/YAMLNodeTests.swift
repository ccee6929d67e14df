// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what a text of YAML is read as.

import Testing

@testable import YAML

@Suite struct YAMLNodeTests {
    private func parse(_ text: String) throws(YAMLError) -> YAMLNode? { try YAMLNode.parse(text.utf8) }

    /// A value as a test writes it.
    private func shape(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): isPlain ? text : "'\(text)'"
        case .list(let items): "[\(items.map(shape).joined(separator: ", "))]"
        case .map(let members):
            "{\(members.map { "\(shape($0.name)): \(shape($0.value))" }.joined(separator: ", "))}"
        }
    }

    @Test(arguments: [
        ("a: 1", "{a: 1}"),
        ("a: [1, 2]\nb:\n- x\n-\n", "{a: [1, 2], b: [x, ]}"),
        ("no: yes\nx: 1e3\nt: 22:00", "{no: yes, x: 1e3, t: 22:00}"),
        (
            "a: \"q\\n\"\nb: 'it''s'\nc: |\n  two\n  lines\nd: >-\n  fold\n  ed",
            "{a: 'q\n', b: 'it's', c: 'two\nlines\n', d: 'fold ed'}"
        ),
        ("a: &x {b: 1}\nc: *x", "{a: {b: 1}, c: {b: 1}}"),
        ("a: &x 1\nb: &x 2\nc: *x", "{a: 1, b: 2, c: 2}"),
        ("? [a, b]\n: c", "{[a, b]: c}"),
        ("\u{FEFF}ä: 😀\nb: 2", "{ä: 😀, b: 2}"),
        ("--- just text\n...\n", "just text"),
        ("a: !!int '5'", "{a: '5'}"),
    ])
    func scalarsStayTextAndOrderIsKept(_ text: String, _ expected: String) throws {
        #expect(try parse(text).map(shape) == expected)
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n"])
    func nothingIsNothing(_ text: String) throws { #expect(try parse(text) == nil) }

    @Test func eachValueKnowsItsLine() throws {
        let node = try #require(try parse("# one\na: 1\n\nb:\n  - x\n  - {c:\n      d}\n"))
        guard case .map(let members) = node.content, case .list(let items) = members[1].value.content,
            case .map(let inner) = items[1].content
        else {
            Issue.record("\(node)")
            return
        }
        #expect(node.line == 2)
        #expect(members.map(\.name.line) == [2, 4])
        #expect(items.map(\.line) == [5, 6])
        #expect(inner[0].value.line == 7)
    }

    @Test(arguments: [
        ("~", true), ("null", true), ("NULL", true), ("", true), ("'null'", false), ("\"\"", false), ("nULL", false),
    ])
    func nothingIsWrittenInFiveWays(_ value: String, _ isNull: Bool) throws {
        guard case .map(let members) = try parse("a: \(value)")?.content else {
            Issue.record("no map")
            return
        }
        #expect(members[0].value.isNull == isNull)
    }

    @Test func documentsAreReadOneAfterTheOther() throws {
        let text = "a: &x 1\n---\n---\nb: 2\n"
        #expect(try YAMLNode.parseAll(text.utf8).map(shape) == ["{a: 1}", "", "{b: 2}"])
        let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(text.utf8) }
        #expect(error?.description == "line 2: the file holds more than one document: here begins another one")
        #expect(throws: YAMLError.self, "an anchor ends with its document") {
            try YAMLNode.parseAll("a: &x 1\n---\nb: *x\n".utf8)
        }
    }
}
