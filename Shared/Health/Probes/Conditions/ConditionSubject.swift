// SPDX-License-Identifier: Apache-2.0
// Martlet: what a condition is about.

/// The fact that a condition looks at.
enum ConditionSubject: Sendable, Equatable, CustomStringConvertible {
    case status, body, latency, certificate, value, count, exit, output, rcode, answers, loss
    case header(String)
    case json(JSONPath)
    case info(String)

    /// What kind of operand it can be compared with.
    enum Kind: Sendable { case number, duration, text }

    static let plain: [(name: String, subject: ConditionSubject)] = [
        ("status", .status), ("body", .body), ("latency", .latency), ("certificate", .certificate), ("value", .value),
        ("count", .count), ("exit", .exit), ("output", .output), ("rcode", .rcode), ("answers", .answers),
        ("loss", .loss),
    ]

    static let allowed =
        "status, header.NAME, body, json.PATH, latency, certificate, value, count, exit, output, rcode, answers, loss, "
        + "info.FIELD"

    var kind: Kind {
        switch self {
        case .latency, .certificate: .duration
        case .status, .count, .exit, .loss: .number
        case .value, .body, .output, .rcode, .answers, .header, .json, .info: .text
        }
    }

    var description: String {
        switch self {
        case .header(let name): "header.\(name)"
        case .json(let path): "json\(path)"
        case .info(let field): "info.\(field)"
        default: Self.plain.first { $0.subject == self }?.name ?? ""
        }
    }
}
