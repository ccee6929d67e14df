// SPDX-License-Identifier: Apache-2.0
// Martlet: the webhook signing keys by name, as MARTLET_WEBHOOK_SECRETS gives them.
internal import Platform

internal import Platform

/// Names and their keys; several keys of one name are for rotation, and each signs.
struct WebhookSecrets: Sendable {
    /// The name whose keys sign every request that names no other.
    static let defaultName = "default"
    static let allowed = "name=\(WebhookKey.allowed), several separated by commas or line ends; a name may come twice"

    /// Which entry is wrong, without showing it.
    struct InvalidEntry: Error {
        let problem: String
    }

    private var keys: [String: [WebhookKey]] = [:]

    /// No keys: requests go out unsigned.
    init() {}

    /// Reads `name=whsec_…` entries separated by commas or line ends; white space around an entry and empty lines are ignored.
    init(parsing text: String) throws(InvalidEntry) {
        for (index, entry) in text.split(whereSeparator: { $0 == "," || $0.isNewline }).enumerated() {
            let bare = entry.drop(while: \.isWhitespace)
            if bare.isEmpty { continue }
            guard let mark = bare.firstIndex(of: "="), HostName.isName(bare[..<mark].lowercased()[...]) else {
                throw InvalidEntry(problem: "entry \(index + 1) has no name")
            }
            let name = String(bare[..<mark])
            var value = bare[bare.index(after: mark)...]
            while value.last?.isWhitespace == true { value.removeLast() }
            guard let key = WebhookKey(parsing: value) else {
                throw InvalidEntry(problem: "entry \(index + 1) (\(name)) is not \(WebhookKey.allowed)")
            }
            keys[name, default: []].append(key)
        }
    }

    /// The keys of a name, nil when there are none.
    func keys(named name: String) -> [WebhookKey]? { keys[name] }

    /// The value of the `webhook-signature` header: one signature a key, separated by spaces.
    static func signatures(of keys: [WebhookKey], id: String, timestamp: Int64, body: [UInt8]) -> String {
        keys.map { $0.signature(id: id, timestamp: timestamp, body: body) }.joined(separator: " ")
    }
}
