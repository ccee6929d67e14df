// SPDX-License-Identifier: Apache-2.0
// Martlet: `${NAME}` in the configuration file.

internal import Platform

/// What is wrong with a variable.
struct VariableProblem: Error, Sendable {
    var problem: String
    var allowed: String
}

/// Fills `${NAME}` and `${NAME:-default}` from the environment, or from the file that `NAME_FILE` names; `$$` stands for one `$`.
struct ConfigurationVariables: Sendable {
    /// The largest file that a variable may name.
    static let largestFile = 64 * 1024

    let environment: [String: String]
    /// Hears every value that is filled in.
    var onValue: @Sendable (String) -> Void = { _ in }

    func fill(_ text: String) throws(VariableProblem) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                guard let end = rest.firstIndex(of: "}") else {
                    throw VariableProblem(problem: "${ has no end", allowed: "${NAME}, or $$ for a dollar sign")
                }
                result += try value(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }

    private func value(_ inner: Substring) throws(VariableProblem) -> String {
        var name = String(inner)
        var fallback: String?
        if let colon = inner.range(of: ":-") {
            name = String(inner[..<colon.lowerBound])
            fallback = String(inner[colon.upperBound...])
        }
        let isName =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F
            }
        guard isName else {
            throw VariableProblem(
                problem: "${\(name.prefix(40))} names no variable",
                allowed: "${NAME} or ${NAME:-default}"
            )
        }
        if let value = environment[name], !value.isEmpty {
            onValue(value)
            return value
        }
        if let path = environment["\(name)_FILE"], !path.isEmpty {
            do {
                let text = try FileText.text(path: path, limit: Self.largestFile)
                let value = String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
                onValue(value)
                return value
            } catch {
                throw VariableProblem(
                    problem: "\(name)_FILE can't be used: \(error.message)",
                    allowed: "a readable file"
                )
            }
        }
        if let fallback { return fallback }
        throw VariableProblem(
            problem: "the variable \(name) is not set",
            allowed: "set \(name) or \(name)_FILE, or write ${\(name):-default}"
        )
    }
}

extension Substring {
    /// Where a text first occurs.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
