// SPDX-License-Identifier: Apache-2.0
// Martlet: what --help shows.

/// The texts of the help.
enum BackupHelp {
    /// All verbs.
    static var overview: String {
        var text = "martlet-backup VERB [OPTIONS]: backup and recovery of Martlet's database.\n\n"
        for verb in BackupVerb.allCases { text += row(verb.rawValue, verb.summary, width: 12) }
        text += """

            martlet-backup VERB --help   shows a verb's options, an example, and every setting with its present value.
            Exit codes:

            """
        for (code, meaning) in BackupExit.meanings { text += row("\(code)", meaning, width: 5) }
        return text
    }

    /// A verb: what it does, its options and an example.
    static func verb(_ verb: BackupVerb) -> String {
        let operands = verb.operands.isEmpty ? "" : " \(verb.operands)"
        let options = BackupOption.options(of: verb)
        var text = "martlet-backup \(verb.rawValue)\(operands)\(options.isEmpty ? "" : " [OPTIONS]")"
        text += ": \(verb.summary).\n"
        if !options.isEmpty { text += "\n" }
        let width = (options.map(\.usage.count).max() ?? 0) + 2
        for option in options { text += row(option.usage, option.text, width: width) }
        text += "\nExample:\n  \(verb.example)\n"
        return text
    }

    private static func row(_ name: String, _ text: String, width: Int) -> String {
        "  \(name)\(String(repeating: " ", count: max(2, width - name.count)))\(text)\n"
    }
}
