// SPDX-License-Identifier: Apache-2.0
// Martlet: what a program was asked to do.

extension SettingsReader {
    /// The word behind the program's name, as one of its commands; `usual` without a word.
    ///
    /// Other words, and more than one, are reported and stop the program in `finish()`.
    public func command<Command>(_ usual: Command) -> Command
    where Command: RawRepresentable<String> & CaseIterable {
        guard let word = operands.first else { return usual }
        if let command = Command(rawValue: word), operands.count == 1 { return command }
        let allowed = Command.allCases.map(\.rawValue).joined(separator: " or ")
        report("command", problem: "\"\(operands.joined(separator: " "))\" is not a command", allowed: allowed)
        return usual
    }
}
