// SPDX-License-Identifier: Apache-2.0
// Martlet: values that many tests begin with.

import FoundationEssentials
import Health
import Platform

func time(_ text: String) -> Timestamp {
    guard let time = Timestamp(rfc3339: text.utf8) else { preconditionFailure("\(text) is no time") }
    return time
}

func sampleMessage(_ event: NotificationMessage.Event = .opened) -> NotificationMessage {
    NotificationMessage(
        key: "martlet-incident-42",
        id: "42-\(event.rawValue)-1",
        event: event,
        severity: .critical,
        state: event == .resolved ? .up : .down,
        title: "postgres is \(event == .resolved ? "UP" : "DOWN")",
        summary: "connection refused",
        check: "postgres",
        group: "databases",
        rootCause: "disk",
        affected: ["api", "worker"],
        startedAt: time("2026-01-31T08:00:00Z"),
        at: time("2026-01-31T08:05:00Z"),
        resolvedAt: event == .resolved ? time("2026-01-31T08:05:00Z") : nil,
        acknowledgedBy: event == .acknowledged ? "ada" : nil,
        url: "https://martlet.example/incidents/42",
        runbook: "https://martlet.example/runbooks/postgres"
    )
}

/// All that foreign text can do to a format, and long.
func hostileMessage() -> NotificationMessage {
    var message = sampleMessage()
    let nasty = "<!channel> & <https://evil.example|click> \"q\" \\ [x](y) *b*\r\nBcc: a@b\r\n.\r\n\u{202E}\u{0}é😀 "
    message.title = nasty + String(repeating: "<😀", count: 5_000)
    message.summary = String(repeating: nasty, count: 500)
    message.check = nasty
    message.affected = (0..<500).map { "\(nasty)\($0)" }
    message.acknowledgedBy = String(repeating: "&", count: 10_000)
    message.url = "javascript:alert(1)"
    message.runbook = "https://x.example/a|b>c"
    message.key = String(repeating: "k", count: 5_000)
    message.id = "id\r\nx: y"
    return message
}

func mailAddress(_ text: String, name: String? = nil) throws -> EmailAddress { try EmailAddress(text, name: name) }

/// JSON as a tree that tests walk through.
indirect enum Tree: Decodable, Equatable, Sendable {
    case text(String), number(Double), flag(Bool), list([Tree]), members([String: Tree]), null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([Tree].self) {
            self = .list(value)
        } else {
            self = .members(try container.decode([String: Tree].self))
        }
    }

    static func read(_ bytes: [UInt8]) throws -> Tree { try JSONDecoder().decode(Tree.self, from: Data(bytes)) }

    subscript(_ name: String) -> Tree {
        if case .members(let members) = self { return members[name] ?? .null }
        return .null
    }

    subscript(_ index: Int) -> Tree {
        if case .list(let values) = self, values.indices.contains(index) { return values[index] }
        return .null
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var list: [Tree] { if case .list(let values) = self { values } else { [] } }
    var names: Set<String> { if case .members(let members) = self { Set(members.keys) } else { [] } }

    /// All objects in it.
    var objects: [[String: Tree]] {
        switch self {
        case .list(let values): values.flatMap(\.objects)
        case .members(let members): [members] + members.values.flatMap(\.objects)
        default: []
        }
    }
}
