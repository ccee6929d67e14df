// SPDX-License-Identifier: Apache-2.0
// Martlet: the options of an address.
internal import Platform

/// `name=value&…`, percent-encoded, each name once.
struct AddressOptions {
    static let whereSecretsBelong =
        "they come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or a role"

    /// The address without its options, for messages.
    let place: String
    private let values: [String: String]

    init(_ text: Substring, _ place: String) throws(ObjectStoreError) {
        self.place = place
        var values: [String: String] = [:]
        for option in text.split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard parts.count == 2, let value = String(parts[1]).percentDecoded, !value.isEmpty else {
                throw StoreAddress.refusal("the option \(name) has no value, or a wrong percent-encoding", in: place)
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw StoreAddress.refusal("the option \(name) stands there twice", in: place)
            }
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }

    /// Refuses unknown options, with what is allowed.
    func checkNames(_ known: [String]) throws(ObjectStoreError) {
        for name in values.keys.sorted() where !known.contains(name) {
            let plain = name.lowercased()
            if ["key", "secret", "token", "password"].contains(where: { plain.contains($0) }) {
                throw StoreAddress.refusal(
                    "an address holds no credentials (\(name)); \(Self.whereSecretsBelong)",
                    in: place
                )
            }
            let nearest = NearestName.find(plain, among: known).map { "; did you mean \($0)?" } ?? ""
            throw StoreAddress.refusal(
                "there is no option \(name); allowed: \(known.sorted().joined(separator: ", "))\(nearest)",
                in: place
            )
        }
    }

    /// One of some words; nil if the option is absent.
    func choice<Value>(_ name: String, _ words: [String: Value]) throws(ObjectStoreError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = words[text] else { throw wrong(name, words.keys.sorted().joined(separator: ", ")) }
        return value
    }

    /// One of the words of an enumeration; nil if the option is absent.
    func choice<Value: CaseIterable & RawRepresentable<String>>(_ name: String) throws(ObjectStoreError) -> Value? {
        try choice(name, Dictionary(uniqueKeysWithValues: Value.allCases.map { ($0.rawValue, $0) }))
    }

    /// The refusal of a value.
    func wrong(_ name: String, _ allowed: String) -> ObjectStoreError {
        StoreAddress.refusal("the option \(name) is wrong; allowed: \(allowed)", in: place)
    }
}
