// SPDX-License-Identifier: Apache-2.0
// Martlet: a copy of the chart that tells which branches of its templates are taken.

import FoundationEssentials
import TestSupport

/// At the head of each branch stands a call of a named template of its own, which fails until the branch is known to be taken.
struct MarkedChart {
    /// Where each branch is.
    private(set) var branches: [String] = []
    /// Those that nobody has taken yet.
    private var left: Set<Int> = []
    private let folder: RecoveryFolder

    var path: String { "\(folder.path)/martlet" }
    var untaken: [String] { left.sorted().map { branches[$0] } }

    init() throws {
        folder = try RecoveryFolder()
        for path in try Repository.files(
            in: "helm/martlet",
            ending: ".yaml",
            ".tpl",
            ".txt",
            "overview.json",
            ".yml",
            ".sh"
        ) {
            var text = try Repository.text(path)
            // Notes are no part of what is rendered (`NotesTests`).
            if path.contains("/templates/"), !path.hasSuffix("NOTES.txt") { text = mark(text, path) }
            let copy = URL(filePath: "\(folder.path)/\(path.dropFirst("helm/".count))")
            try FileManager.default.createDirectory(
                at: copy.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: copy)
        }
        left = Set(branches.indices)
        try writeCalls()
    }

    /// Takes note of a refusal by a branch.
    /// - Returns: Whether it was one.
    mutating func took(_ refusal: String) throws -> Bool {
        let words = refusal.split { !$0.isLetter && !$0.isNumber }
        guard let place = words.firstIndex(of: "martletbranch"), let number = Int(words[place + 1]) else {
            return false
        }
        left.remove(number)
        try writeCalls()
        return true
    }

    private func writeCalls() throws {
        let calls = branches.indices.map { number in
            let body = left.contains(number) ? "{{ fail \"martletbranch \(number)\" }}" : ""
            return "{{- define \"branch.\(number)\" -}}\(body){{- end -}}"
        }
        try Data(calls.joined(separator: "\n").utf8)
            .write(to: URL(filePath: "\(path)/charts/common/templates/_branches.tpl"))
    }

    /// A template with calls at the heads of its branches, and an else for each `if` that has none.
    private mutating func mark(_ text: String, _ path: String) -> String {
        var marked = ""
        var rest = Substring(text)
        var line = 1
        var open: [(word: String, hasElse: Bool)] = []
        while let start = rest.firstRange(of: "{{") {
            let isComment = rest[start.upperBound...].drop { $0 == "-" || $0 == " " }.hasPrefix("/*")
            let from = isComment ? rest[start.upperBound...].firstRange(of: "*/")?.upperBound : start.upperBound
            guard let from, let end = rest[from...].firstRange(of: "}}") else { break }
            let action = rest[start.lowerBound..<end.upperBound]
            line += rest[..<start.lowerBound].count { $0 == "\n" }
            marked += rest[..<start.lowerBound]
            let words = action.dropFirst(2).dropLast(2).split { $0 == " " || $0 == "-" || $0 == "\n" }
            let word = words.first.map(String.init) ?? ""
            let close = action.hasSuffix("-}}") ? "-}}" : "}}"
            switch word {
            case "if", "range", "with":
                open.append((word, false))
                marked += "\(action)\(call(path, line, action)) \(close)"
            case "else":
                if words.count == 1 { open[open.count - 1].hasElse = true }
                marked += "\(action)\(call(path, line, action)) \(close)"
            case "end":
                if let last = open.popLast(), last.word == "if", !last.hasElse {
                    marked += "\(action.hasPrefix("{{-") ? "{{-" : "{{") else }}\(call(path, line, "not this if")) }}"
                }
                marked += action
            case "define":
                open.append((word, true))
                marked += action
            default: marked += action
            }
            line += action.count { $0 == "\n" }
            rest = rest[end.upperBound...]
        }
        return marked + rest
    }

    private mutating func call(_ path: String, _ line: Int, _ action: some StringProtocol) -> String {
        branches.append("\(path):\(line): \(action)")
        return "{{ include \"branch.\(branches.count - 1)\" \"\""
    }
}
