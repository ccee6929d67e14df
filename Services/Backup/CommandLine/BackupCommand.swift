// SPDX-License-Identifier: Apache-2.0
// Martlet: reads a command line: a verb, its words, and options in their short and long spellings.

internal import Platform

/// A command line that makes sense.
struct BackupCommand: Equatable, Sendable {
    /// What to do.
    let verb: BackupVerb
    /// The words behind the verb.
    let operands: [String]
    /// The options in their long spellings, behind a program's name, as ``SettingsReader`` reads them.
    let arguments: [String]

    /// What a command line asks for.
    enum Request: Equatable, Sendable {
        /// A run.
        case run(BackupCommand)
        /// Help, for a verb or for all.
        case help(BackupVerb?)
        /// The version.
        case version
    }

    /// Reads a command line, the program's name included.
    static func parse(_ arguments: [String]) throws(UsageError) -> Request {
        var words = arguments.dropFirst()
        if words.isEmpty || words.first == "--help" || words == ["help"] { return .help(nil) }
        if words.first == "--version" { return .version }
        if words.first == "help" { words = words.dropFirst() }
        let isHelp = words.startIndex > 1
        guard let word = words.popFirst(), let verb = BackupVerb(rawValue: word) else {
            throw UsageError(unknownVerb(words.isEmpty ? arguments.last ?? "" : arguments[words.startIndex - 1]))
        }
        if isHelp || words.contains("--help") { return .help(verb) }
        if words.contains("--version") { return .version }
        let operands = Array(words.prefix { !$0.hasPrefix("--") })
        guard verb.takes(operands) else {
            let given = operands.isEmpty ? "nothing" : operands.joined(separator: " ")
            let wanted = verb.operands.isEmpty ? "only options" : verb.operands
            throw UsageError("\(verb.rawValue) takes \(wanted), not: \(given)")
        }
        var options = CommandOptions(verb)
        try options.take(words.dropFirst(operands.count))
        return .run(
            BackupCommand(verb: verb, operands: operands, arguments: [arguments.first ?? ""] + options.arguments)
        )
    }

    private static func unknownVerb(_ word: String) -> String {
        let all = BackupVerb.allCases.map(\.rawValue)
        if word.hasPrefix("--") {
            return "the verb comes first, then its options; verbs: \(all.joined(separator: ", "))"
        }
        let near = NearestName.find(word, among: all).map { "; did you mean \($0)?" } ?? ""
        return "\"\(word)\" is not a verb\(near) Verbs: \(all.joined(separator: ", "))"
    }
}
