// SPDX-License-Identifier: Apache-2.0
// Martlet: the YAML file as a provider that finds a key whether it is written flat, dotted or nested.
internal import Configuration
internal import Synchronization

/// The values of one YAML file under their environment names.
struct FileSettings: FixedSettings {
    let providerName = SettingSource.file.rawValue
    /// Environment name -> the path in the file.
    let paths: [String: String]
    /// Paths that name the same key twice.
    let duplicates: [String]
    private let yaml: YAMLSnapshot

    /// Throws what the YAML parser throws, whose text holds line and column.
    init(bytes: [UInt8]) throws {
        let seen = SeenPaths()
        // The file cannot be enumerated otherwise: the specifier is asked once for each key while the file is parsed.
        // Everything is
        // marked secret so that nothing here can print a value.
        let options = YAMLSnapshot.ParsingOptions(
            secretsSpecifier: .dynamic { path, _ in
                seen.paths.withLock { $0.append(path) }
                return true
            }
        )
        yaml = try YAMLSnapshot(data: bytes.span.bytes, providerName: providerName, parsingOptions: options)
        var paths: [String: String] = [:]
        var duplicates: [String] = []
        for path in seen.paths.withLock({ $0 }) {
            if paths.updateValue(path, forKey: SettingKey.normalise(path: path)) != nil { duplicates.append(path) }
        }
        self.paths = paths
        self.duplicates = duplicates
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: "_").uppercased()
        guard let path = paths[name] else { return LookupResult(encodedKey: name, value: nil) }
        let real = AbsoluteConfigKey([path])
        guard type == .string else { return try yaml.value(forKey: real, type: type) }
        if let scalar = try? yaml.value(forKey: real, type: .string) { return scalar }
        let list = try yaml.value(forKey: real, type: .stringArray)
        guard case .stringArray(let values)? = list.value?.content else { return list }
        let text = ConfigValue(.string(values.joined(separator: ",")), isSecret: true)
        return LookupResult(encodedKey: list.encodedKey, value: text)
    }
}

/// Collects the paths of a file while it is parsed.
private final class SeenPaths: Sendable {
    let paths = Mutex<[String]>([])
}
