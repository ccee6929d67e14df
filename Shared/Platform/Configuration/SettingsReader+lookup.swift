// SPDX-License-Identifier: Apache-2.0
// Martlet: one look-up: find the text, read it, record value, source and problem.
internal import Configuration
internal import Synchronization

extension SettingsReader {
    /// How much of a value may be shown, and where it may come from.
    enum Secrecy {
        case open
        /// Only from the environment or `<NAME>_FILE`; never shown.
        case secret
        /// A URL that may hold a password: also from `<NAME>_FILE`; never shown with its password.
        case credentials
    }

    /// The text of a setting, or nil when no source has it.
    private func text(_ key: SettingKey, secrecy: Secrecy) -> (String, SettingSource)? {
        // The recorder only knows the last look-up, so look-ups must not interleave.
        let (found, answer) = state.withLock { _ in
            (config.string(forKey: key.configKey, isSecret: secrecy != .open), recorder.take())
        }
        guard let found, let source = answer else { return nil }
        return (found, source)
    }

    /// Reads a setting; `parse` returns nil for a text that is not allowed. The result is nil when unset or wrong.
    func read<Value>(
        _ name: String,
        secrecy: Secrecy = .open,
        allowed: String,
        fallback: String,
        required: Bool = false,
        show: (Value) -> String,
        parse: (String) -> Value?
    ) -> Value? {
        let key = SettingKey(name)
        var found = text(key, secrecy: secrecy)
        if secrecy != .open { found = merge(found, fileFor: key) }
        var entry = SettingEntry(
            key: key.name,
            shown: fallback,
            source: .fallback,
            allowed: allowed,
            readsFile: secrecy != .open
        )
        defer { state.withLock { [entry] in $0.entries.append(entry) } }
        guard let (text, source) = found else {
            if required { report(key.name, problem: "is required and not set", allowed: allowed) }
            return nil
        }
        entry.source = source
        if secrecy == .secret {
            entry.shown = "<redacted>"
            guard source == .environment || source == .secretFile else {
                let place = source == .commandLine ? "command line" : "configuration file"
                report(
                    key.name,
                    problem: "is secret and must not be given in the \(place)",
                    allowed: secretSources(key)
                )
                return nil
            }
        }
        guard let value = parse(text) else {
            let shown = secrecy == .open ? "\"\(text.prefix(200))\"" : "the value"
            entry.shown = secrecy == .open ? shown : "<redacted>"
            report(key.name, problem: "\(shown) (\(source.rawValue)) is not valid\(hint(text))", allowed: allowed)
            return nil
        }
        if secrecy == .open { entry.shown = show(value) }
        if secrecy == .credentials {
            entry.shown = SettingURL.redacted(text)
            if source == .commandLine || source == .file, SettingURL.holdsPassword(text) {
                report(key.name, problem: "holds a password (\(source.rawValue))", allowed: secretSources(key))
            }
        }
        return value
    }

    /// Takes the value from the file named by `<NAME>_FILE` unless a source has given the value itself.
    private func merge(_ found: (String, SettingSource)?, fileFor key: SettingKey) -> (String, SettingSource)? {
        guard let path = environment[key.name + "_FILE"] else { return found }
        if found?.1 == .environment {
            report(key.name, problem: "\(key.name) and \(key.name)_FILE are both set", allowed: "one of them")
            return found
        }
        if found?.1 == .commandLine { return found }
        do {
            let text = try FileText.text(path: path, limit: 65_536)
            let trimmed = text.trimmedWhitespace()
            guard !trimmed.isEmpty else {
                report(key.name + "_FILE", problem: "\(path) is empty", allowed: "a file that holds the value")
                return nil
            }
            return (trimmed, .secretFile)
        } catch {
            report(key.name + "_FILE", problem: error.message, allowed: "the path of a readable file")
            return nil
        }
    }

    private func secretSources(_ key: SettingKey) -> String {
        "the environment variable \(key.name), or \(key.name)_FILE with the path of a file"
    }

    /// Kubernetes injects `APP_PORT=tcp://10.0.0.1:80` for a Service named "app", which is no mistake of the operator's
    /// values.
    private func hint(_ text: String) -> String {
        text.hasPrefix("tcp://") || text.hasPrefix("udp://")
            ? " (it looks like a Kubernetes service link; set enableServiceLinks: false)" : ""
    }
}

extension String {
    /// Without white space and line ends at both ends.
    func trimmedWhitespace() -> String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop(while: \.isWhitespace))
    }
}
