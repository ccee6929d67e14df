// SPDX-License-Identifier: Apache-2.0
// Martlet: the YAML file as a provider that finds a key whether it is written flat, dotted or nested.
internal import Configuration
internal import YAML

/// The values of one YAML file under their environment names, all as text; a list is its items with commas between.
struct FileSettings: FixedSettings {
    let providerName = SettingSource.file.rawValue
    /// Environment name -> the path in the file.
    private(set) var paths: [String: String] = [:]
    /// Paths that name the same key twice.
    private(set) var duplicates: [String] = []
    private var values: [String: String] = [:]

    /// Throws what the file is instead of a map of values, with its line.
    init(bytes: [UInt8]) throws(PlatformError) {
        let root: YAMLNode?
        do { root = try YAMLNode.parse(bytes) } catch { throw PlatformError(.file, error.description, cause: error) }
        guard let root, case .map(let members) = root.content else {
            throw PlatformError(.file, "the file is no map of settings")
        }
        try take(members, below: nil)
    }

    private mutating func take(_ members: [YAMLNode.Member], below parent: String?) throws(PlatformError) {
        for member in members {
            guard let name = member.name.text else {
                throw PlatformError(.file, "line \(member.name.line): a name is not a text")
            }
            let path = parent.map { "\($0).\(name)" } ?? name
            if case .map(let inner) = member.value.content {
                try take(inner, below: path)
                continue
            }
            let key = SettingKey.normalise(path: path)
            if paths.updateValue(path, forKey: key) != nil { duplicates.append(path) }
            values[key] = try Self.value(member.value, path)
        }
    }

    /// A value as one text; nil where nothing stands, which sets nothing.
    private static func value(_ node: YAMLNode, _ path: String) throws(PlatformError) -> String? {
        guard case .list(let items) = node.content else { return node.isNull ? nil : node.text }
        let texts = items.compactMap { $0.isNull ? nil : $0.text }
        guard texts.count == items.count else {
            throw PlatformError(.file, "line \(node.line): \(path) holds something else than single values")
        }
        return texts.joined(separator: ",")
    }

    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: "_").uppercased()
        let value = values[name].map { ConfigValue(.string($0), isSecret: true) }
        return LookupResult(encodedKey: name, value: value)
    }
}
