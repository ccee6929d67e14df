// SPDX-License-Identifier: Apache-2.0
// Martlet: the fields of a job as clients send it.

internal import Web

/// A field of a job object.
enum JobField: UInt16, CaseIterable {
    case kind, args, queue, priority, scheduledAt, delay, maxAttempts, timeout, backoff, uniqueKey, uniqueFor, tags,
        metadata

    /// Its name in JSON.
    var name: String {
        switch self {
        case .kind: "kind"
        case .args: "args"
        case .queue: "queue"
        case .priority: "priority"
        case .scheduledAt: "scheduled_at"
        case .delay: "delay"
        case .maxAttempts: "max_attempts"
        case .timeout: "timeout"
        case .backoff: "backoff"
        case .uniqueKey: "unique_key"
        case .uniqueFor: "unique_for"
        case .tags: "tags"
        case .metadata: "metadata"
        }
    }

    /// The names of all fields, for errors.
    static let names = allCases.map(\.name).joined(separator: ", ")

    /// The bit that marks it as seen.
    var bit: UInt16 { 1 << rawValue }

    /// The field that a key names; decided by length and first byte, so that each key is compared at most twice.
    init?(_ key: JSONText, in scanner: borrowing JSONScanner) {
        if key.hasEscapes {
            let name = scanner.string(key)
            guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
            self = field
            return
        }
        let candidate: (JobField, StaticString)
        switch (key.range.count, scanner.bytes[key.range.lowerBound]) {
        case (4, UInt8(ascii: "k")): candidate = (.kind, "kind")
        case (4, UInt8(ascii: "a")): candidate = (.args, "args")
        case (4, UInt8(ascii: "t")): candidate = (.tags, "tags")
        case (5, UInt8(ascii: "q")): candidate = (.queue, "queue")
        case (5, UInt8(ascii: "d")): candidate = (.delay, "delay")
        case (7, UInt8(ascii: "t")): candidate = (.timeout, "timeout")
        case (7, UInt8(ascii: "b")): candidate = (.backoff, "backoff")
        case (8, UInt8(ascii: "p")): candidate = (.priority, "priority")
        case (8, UInt8(ascii: "m")): candidate = (.metadata, "metadata")
        case (10, UInt8(ascii: "u")):
            candidate = scanner.matches(key, "unique_key") ? (.uniqueKey, "unique_key") : (.uniqueFor, "unique_for")
        case (12, UInt8(ascii: "m")): candidate = (.maxAttempts, "max_attempts")
        case (12, UInt8(ascii: "s")): candidate = (.scheduledAt, "scheduled_at")
        default: return nil
        }
        guard scanner.matches(key, candidate.1) else { return nil }
        self = candidate.0
    }
}
