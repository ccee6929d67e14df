// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of all programs that this process was given, for an export.
internal import Configuration
internal import Synchronization

extension SettingsReader {
    /// Settings that belong to no program alone.
    private static let common = [
        "API_BASE_URL", "APP_PORT", "DATABASE_URL", "LOG_FORMAT", "LOG_LEVEL", "REDIS_URL",
    ]

    /// What stands in the environment or the YAML file, in the order of names; nil for the value of a secret, and `***`
    /// for the password in a URL. What was given on the command line is meant for one run, and left out.
    public func given() -> [(name: String, value: String?)] {
        (SiblingSettings.names.union(Self.common)).sorted().compactMap { name in
            if SiblingSettings.secrets.contains(name) || name.hasSuffix("_URL") {
                // The path of a secret's file tells nothing, and whoever sets up a machine needs it.
                if let path = environment[name + "_FILE"] { return (name + "_FILE", path) }
            }
            let key = SettingKey(name)
            // The recorder only knows the last look-up, so look-ups must not interleave.
            let (found, answer) = state.withLock { _ in
                (config.string(forKey: key.configKey, isSecret: true), recorder.take())
            }
            guard let found, answer == .environment || answer == .file else { return nil }
            return (name, SiblingSettings.secrets.contains(name) ? nil : SettingURL.redacted(found))
        }
    }
}
