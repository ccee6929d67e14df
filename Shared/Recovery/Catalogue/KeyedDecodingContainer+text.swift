// SPDX-License-Identifier: Apache-2.0
// Martlet: values that JSON holds as text.

extension KeyedDecodingContainer {
    /// A text that stands for something else.
    func parse<Value>(_ key: Key, _ read: (String) -> Value?) throws -> Value {
        let text = try decode(String.self, forKey: key)
        guard let value = read(text) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not a valid value")
        }
        return value
    }

    /// A text that stands for something else, or nothing.
    func parseIfPresent<Value>(_ key: Key, _ read: (String) -> Value?) throws -> Value? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let value = read(text) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not a valid value")
        }
        return value
    }
}
