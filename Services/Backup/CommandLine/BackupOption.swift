// SPDX-License-Identifier: Apache-2.0
// Martlet: a short spelling of a setting, for some verbs.

/// An option such as `--at`, which is `--martlet-restore-at`, which is `MARTLET_RESTORE_AT`.
struct BackupOption: Sendable {
    /// What an option takes.
    enum Value: Sendable {
        /// Nothing: it is there or not.
        case flag
        /// One value, as the help calls it.
        case one(String)
        /// Several, when the option is repeated.
        case many(String)
    }

    /// The short spelling, such as `--at`.
    let name: String
    /// The setting behind it.
    let setting: String
    /// What it takes.
    let value: Value
    /// Where it is allowed.
    let verbs: Set<BackupVerb>
    /// One line for the help.
    let text: String
    /// The setting for values that are addresses of databases, where those are meant by the same option.
    var databaseSetting: String?

    /// The long spelling of a setting, such as `--martlet-restore-at`.
    static func argument(_ setting: String) -> String {
        "--" + setting.lowercased().split(separator: "_").joined(separator: "-")
    }

    /// Whether this is one of its spellings.
    func isSpelt(_ word: String) -> Bool {
        word == name || word == Self.argument(setting) || word == databaseSetting.map(Self.argument)
    }

    /// The long spelling for a value.
    func argument(for value: String) -> String {
        let isDatabase = value.hasPrefix("postgres://") || value.hasPrefix("postgresql://")
        return Self.argument(isDatabase ? databaseSetting ?? setting : setting)
    }

    /// As the help shows it: `--at TIME`.
    var usage: String {
        switch value {
        case .flag: name
        case .one(let value), .many(let value): "\(name) \(value)"
        }
    }
}
