// SPDX-License-Identifier: Apache-2.0
// Martlet: finds settings that nobody read, which are nearly always misspelt.

extension SettingsReader {
    /// A problem for each unread `MARTLET_*` variable, option and key of the file.
    func unknownSettings(_ state: State) -> [SettingProblem] {
        var known: Set<String> = ["MARTLET_CONFIG", "MARTLET_COMMIT", "CONFIG"]
        for entry in state.entries {
            known.insert(entry.key)
            if entry.readsFile { known.insert(entry.key + "_FILE") }
        }
        let isKnown = { (name: String) in
            known.contains(name) || state.ignoredPrefixes.contains { name.hasPrefix($0) }
        }
        var problems: [SettingProblem] = []
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("MARTLET_") && !isKnown(name) && !SiblingSettings.contains(name)
            && !Self.isServiceLink(name, value)
        {
            let base = name.hasSuffix("_FILE") ? String(name.dropLast(5)) : ""
            let problem =
                known.contains(base) ? "is not read, for \(base) is not secret" : "is not a setting of this program"
            problems.append(SettingProblem(key: name, problem: problem, allowed: suggestion(for: name, among: known)))
        }
        let knownOptions = Set(known.map { SettingKey($0).argument })
        for option in Set(options).sorted()
        where !knownOptions.contains(option) && option != "--help" && option != "--version" {
            let name = SettingKey.normalise(path: String(option.dropFirst(2)))
            guard !isKnown(name) else { continue }
            let near = NearestName.find(option, among: knownOptions).map { "did you mean \($0)?" } ?? "see --help"
            problems.append(SettingProblem(key: option, problem: "is not an option of this program", allowed: near))
        }
        for (name, path) in filePaths.sorted(by: { $0.key < $1.key })
        where !isKnown(name) && !SiblingSettings.contains(name) {
            let problem = "\(path) in the configuration file is not a setting of this program"
            problems.append(SettingProblem(key: name, problem: problem, allowed: suggestion(for: name, among: known)))
        }
        return problems
    }

    private func suggestion(for name: String, among known: Set<String>) -> String {
        NearestName.find(name, among: known).map { "did you mean \($0)?" } ?? "see --help"
    }

    /// Whether Kubernetes or Docker links injected this variable for a service whose name starts with "martlet".
    static func isServiceLink(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
            return true
        }
        let parts = name.split(separator: "_")
        if parts.last == "PORT", ["tcp://", "udp://", "sctp://"].contains(where: { value.hasPrefix($0) }) {
            return true
        }
        return parts.indices.dropLast(2).contains { index in
            parts[index] == "PORT" && Int(parts[index + 1]) != nil && ["TCP", "UDP", "SCTP"].contains(parts[index + 2])
        }
    }
}
