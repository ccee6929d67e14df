// SPDX-License-Identifier: Apache-2.0
// Martlet: tests what a configuration takes from the environment, and that it keeps it to itself.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct VariableTests {
    private func title(_ text: String, _ environment: [String: String] = [:]) throws -> String {
        try ConfigurationFixture.read("page: {title: '\(text)'}", environment).page.title
    }

    private func mistake(_ text: String, _ environment: [String: String] = [:]) -> String? {
        let found = ConfigurationFixture.mistakes("page:\n  title: '\(text)'", environment)
        #expect(found.count <= 1)
        return found.first
    }

    @Test func variablesAreFilledIn() throws {
        #expect(try title("${A}", ["A": "x"]) == "x")
        #expect(try title("<${A}${B}>", ["A": "x", "B": "y"]) == "<xy>")
        #expect(try title("${A}", ["A": "${B}", "B": "y"]) == "${B}", "what was filled in is not looked at again")
    }

    @Test func aDefaultStandsInForWhatIsUnsetOrEmpty() throws {
        #expect(try title("${A:-z}") == "z")
        #expect(try title("${A:-z}", ["A": ""]) == "z")
        #expect(try title("${A:-z}", ["A": "x"]) == "x")
        #expect(try title("[${A:-}]") == "[]")
        #expect(try title("${A:-http://b:-c}") == "http://b:-c")
    }

    @Test func dollarSignsStandForThemselves() throws {
        #expect(try title("$$") == "$")
        #expect(try title("$${A}", ["A": "x"]) == "${A}")
        #expect(try title("5$ $x $") == "5$ $x $")
        #expect(try title("$$$$${A}", ["A": "x"]) == "$$x")
    }

    @Test func aFileHoldsTheValue() throws {
        let folder = try ScratchFolder()
        try folder.write("  word one\n\n", to: "secret")
        #expect(try title("${A}", ["A_FILE": "\(folder.path)/secret"]) == "word one")
        #expect(try title("${A}", ["A": "x", "A_FILE": "\(folder.path)/secret"]) == "x")
        #expect(try title("${A:-z}", ["A_FILE": "\(folder.path)/secret"]) == "word one")
        let missing = try #require(mistake("${A:-z}", ["A_FILE": "\(folder.path)/none"]))
        #expect(missing.contains("A_FILE can't be used") && missing.hasPrefix("health.yaml:2: page.title: "))
        try folder.write(String(repeating: "x", count: 65 * 1024), to: "large")
        #expect(mistake("${A}", ["A_FILE": "\(folder.path)/large"])?.contains("A_FILE can't be used") == true)
    }

    @Test func whatIsWrongIsNamed() throws {
        #expect(
            mistake("${A}")
                == "health.yaml:2: page.title: the variable A is not set; allowed: set A or A_FILE, or write ${A:-default}"
        )
        #expect(
            mistake("x ${A")
                == "health.yaml:2: page.title: ${ has no end; allowed: ${NAME}, or $$ for a dollar sign"
        )
        #expect(
            mistake("${}")
                == "health.yaml:2: page.title: ${} names no variable; allowed: ${NAME} or ${NAME:-default}"
        )
        #expect(mistake("${A-B}")?.contains("${A-B} names no variable") == true)
        #expect(mistake("${\(String(repeating: "é", count: 300))}")?.utf8.count ?? 0 < 300)
    }

    /// Puts a secret into every place of a file that is right, one after the other; whatever is wrong with it there, it is not shown.
    @Test func whatCameFromAVariableIsNeverShown() async throws {
        let long = "hunter2-" + String(repeating: "long", count: 40)
        let secrets = [long, "hunter2 == \"hunter2x", "http://hunter2:hunter2@x"]
        // Long work, on a thread of its own: others measure time.
        let (refused, shown) = try await ClusterThread.run {
            var refused = 0
            var shown: [String] = []
            for secret in secrets {
                for place in Places.all {
                    for text in [place.filled("${SECRET}")] + (secret == long ? [place.filled("x ${SECRET}")] : []) {
                        let found = ConfigurationFixture.refusal(text, ["SECRET": secret])?.problems ?? []
                        if !found.isEmpty { refused += 1 }
                        shown += found.map(\.description).filter { $0.contains("hunter2") }
                    }
                }
            }
            return (refused, shown)
        }
        #expect(shown.isEmpty)
        #expect(refused > 200, "most places refuse it")
    }
}

/// The values of the full file that stand alone on their lines, or alone in a map or list.
private struct Places {
    let before: String
    let after: String
    let line: String

    func filled(_ value: String) -> String { "\(before)\"\(value)\"\(after)" }

    static let all: [Places] = {
        let lines = ConfigurationFixture.full.replacing("starttls", with: "none").split(
            separator: "\n",
            omittingEmptySubsequences: false
        ).map(String.init)
        return lines.indices.flatMap { number -> [Places] in
            let line = lines[number]
            return values(in: line).map { range in
                Places(
                    before: (lines[..<number] + [String(line[..<range.lowerBound])]).joined(separator: "\n"),
                    after: ([String(line[range.upperBound...])] + lines[(number + 1)...]).joined(separator: "\n"),
                    line: line
                )
            }
        }
    }()

    /// Each value of a line that begins after `: ` or `[`, with its quotes.
    private static func values(in line: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var at = line.startIndex
        while at < line.endIndex {
            let rest = line[at...]
            guard rest.hasPrefix(": ") || rest.hasPrefix("[") || rest.hasPrefix(", ") else {
                at = line.index(after: at)
                continue
            }
            var start = line.index(after: at)
            while start < line.endIndex, line[start] == " " { start = line.index(after: start) }
            guard start < line.endIndex, line[start] != "{", line[start] != "[" else {
                at = start
                continue
            }
            var end = start
            if line[start] == "\"" {
                end =
                    line[line.index(after: start)...].firstIndex(of: "\"").map { line.index(after: $0) }
                    ?? line.endIndex
            } else {
                let isInside = line.contains("{") || line.contains("[")
                while end < line.endIndex, !isInside || !",]}".contains(line[end]) { end = line.index(after: end) }
            }
            // A name in a map on one line is no value.
            if !line[start..<end].contains(": ") { found.append(start..<end) }
            at = line[start..<end].contains(": ") ? start : end
        }
        return found
    }
}
