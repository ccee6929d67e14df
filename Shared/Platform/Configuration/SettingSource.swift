// SPDX-License-Identifier: Apache-2.0
// Martlet: where the value of a setting came from.

/// The source of a value; the order of the cases is the order of precedence.
public enum SettingSource: String, Sendable, Hashable {
    /// `--app-port 8080` or `--app-port=8080`.
    case commandLine = "command line"
    /// `APP_PORT=8080`.
    case environment
    /// The file named by `<NAME>_FILE`.
    case secretFile = "secret file"
    /// The YAML file named by `--config` or `MARTLET_CONFIG`.
    case file
    /// The default in the source.
    case fallback = "default"
}
