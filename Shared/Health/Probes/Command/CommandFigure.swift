// SPDX-License-Identifier: Apache-2.0
// Martlet: the figure in a command's output.

/// Finds the one number that a command says.
enum CommandFigure {
    /// Output that is a number, or the first of the performance data: `OK - 3 users | users=3;5;10`.
    static func read(_ output: String) -> Double? {
        let text = output.trimmed
        if let number = number(text[...]) { return number }
        guard let bar = text.firstIndex(of: "|") else { return nil }
        let data = text[text.index(after: bar)...]
        guard let equals = data.firstIndex(of: "=") else { return nil }
        return number(data[data.index(after: equals)...].prefix { $0.isNumber || ".-+eE".contains($0) })
    }

    private static func number(_ text: Substring) -> Double? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
