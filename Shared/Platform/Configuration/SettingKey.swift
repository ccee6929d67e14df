// SPDX-License-Identifier: Apache-2.0
// Martlet: the one rule that turns a setting's name into its three spellings.
internal import Configuration

/// A setting's name, which is the name of its environment variable.
///
/// The rule: `MARTLET_DRAIN_DELAY` is `--martlet-drain-delay` on the command line (lower case, `_` becomes `-`); in
/// YAML it is every
/// path which, joined with `_` in lower case, reads `martlet_drain_delay`: flat, dotted or nested.
struct SettingKey: Hashable {
    let name: String

    init(_ name: String) { self.name = name.uppercased() }

    var argument: String { "--" + name.lowercased().split(separator: "_").joined(separator: "-") }

    var configKey: ConfigKey { ConfigKey(name.lowercased().split(separator: "_").map(String.init)) }

    /// The name under which a YAML path such as `martlet.drain-delay` is found.
    static func normalise(path: String) -> String {
        String(path.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }
}
