// SPDX-License-Identifier: Apache-2.0
// Martlet: command-line options as a provider that keeps commas and tells a bare flag from a value.
internal import Configuration

/// Answers every option as one string: values are joined by commas again, and a bare flag is `true`.
///
/// swift-configuration splits each value at commas, which would tear `postgres://a,b/db` apart.
struct ArgumentSettings: FixedSettings {
    private let base: CommandLineArgumentsProvider
    let providerName = SettingSource.commandLine.rawValue

    init(_ arguments: [String]) {
        base = CommandLineArgumentsProvider(arguments: arguments, secretsSpecifier: .all)
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        guard type == .string else { return try base.value(forKey: key, type: type) }
        let found = try base.value(forKey: key, type: .stringArray)
        guard case .stringArray(let values)? = found.value?.content else {
            return LookupResult(encodedKey: found.encodedKey, value: nil)
        }
        let text = values.isEmpty ? "true" : values.joined(separator: ",")
        return LookupResult(encodedKey: found.encodedKey, value: ConfigValue(.string(text), isSecret: true))
    }
}
