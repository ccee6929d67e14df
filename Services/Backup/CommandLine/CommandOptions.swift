// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the options of one verb and spells them out.

internal import Platform

/// Collects options: short ones of this verb, and the long spellings of all settings.
struct CommandOptions {
    /// `--long=value`, each setting once, in the order in which they came.
    var arguments: [String] { order.map { name in values[name].map { "\(name)=\($0)" } ?? name } }

    private let verb: BackupVerb
    private let own: [BackupOption]
    private var order: [String] = []
    private var values: [String: String] = [:]

    init(_ verb: BackupVerb) {
        self.verb = verb
        own = BackupOption.options(of: verb)
    }

    /// Takes all words behind the operands.
    mutating func take(_ words: ArraySlice<String>) throws(UsageError) {
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                throw UsageError("\"\(word)\" stands alone: \(verb.rawValue)'s words come before its options")
            }
            let name = String(word.prefix { $0 != "=" })
            var value = name.utf8.count < word.utf8.count ? String(word.dropFirst(name.count + 1)) : nil
            guard let option = own.first(where: { $0.isSpelt(name) }) else {
                try refuseUnlessSetting(name)
                if value == nil, let next = rest.first, !next.hasPrefix("--") { value = rest.popFirst() }
                try add(name, value, isList: false)
                continue
            }
            switch option.value {
            case .flag: try add(BackupOption.argument(option.setting), value, isList: false)
            case .one(let wanted), .many(let wanted):
                if value == nil, let next = rest.first, !next.hasPrefix("--") { value = rest.popFirst() }
                guard let value, !value.isEmpty else { throw UsageError("\(name) needs a value: \(wanted)") }
                try add(option.argument(for: value), value, isList: option.isList)
            }
        }
    }

    private mutating func add(_ name: String, _ value: String?, isList: Bool) throws(UsageError) {
        guard order.contains(name) else {
            order.append(name)
            values[name] = value
            return
        }
        guard isList, let value, let old = values[name] else { throw UsageError("\(name) is given twice") }
        values[name] = "\(old),\(value)"
    }

    /// Lets the long spellings of settings pass that are no other verb's options.
    private func refuseUnlessSetting(_ name: String) throws(UsageError) {
        let allowed = own.map(\.name)
        let list = allowed.isEmpty ? "none" : allowed.joined(separator: ", ")
        if let other = BackupOption.table.first(where: { $0.isSpelt(name) }) {
            let verbs = BackupVerb.allCases.filter { verb in
                BackupOption.options(of: verb).contains { $0.isSpelt(name) }
            }
            let owners = verbs.map(\.rawValue).joined(separator: ", ")
            throw UsageError(
                "\(other.name) is an option of \(owners), not of \(verb.rawValue), whose options are: \(list)"
            )
        }
        guard !Self.settings.contains(name) else { return }
        let near = NearestName.find(name, among: allowed + Self.settings).map { "; did you mean \($0)?" } ?? ""
        throw UsageError(
            "\(name) is not an option of \(verb.rawValue)\(near) Its options: \(list); and each setting in its long spelling"
        )
    }

    /// The long spellings of every program's settings; whether this program reads them is found out when it does.
    private static let settings = Set(
        ["CONFIG", "DATABASE_URL", "APP_PORT", "LOG_LEVEL", "LOG_FORMAT"].map(BackupOption.argument)
            + SiblingSettings.names.map(BackupOption.argument)
    )
}

extension BackupOption {
    /// Whether it may be repeated.
    fileprivate var isList: Bool {
        if case .many = value { true } else { false }
    }
}
