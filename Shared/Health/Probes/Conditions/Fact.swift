// SPDX-License-Identifier: Apache-2.0
// Martlet: the value of a subject.

/// What was found for a subject, of the form that it came in.
enum Fact: Sendable, Equatable {
    /// Nothing, and why, if that is not plain.
    case missing(String?)
    case null
    case boolean(Bool)
    case number(Double)
    case duration(Duration)
    case text(String)
    case list([String])
    /// A JSON object or array: it exists, and has no other value.
    case structure(String)

    init(json value: JSONValue) {
        switch value {
        case .null: self = .null
        case .boolean(let truth): self = .boolean(truth)
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .array(let items): self = .structure("an array of \(items.count)")
        case .object(let members): self = .structure("an object of \(members.count)")
        }
    }

    /// As a reason shows it.
    var shown: String {
        switch self {
        case .missing(let why): why ?? "nothing"
        case .null: "null"
        case .boolean(let truth): "\(truth)"
        case .number(let number): Self.words(number)
        case .duration(let duration): duration.words
        case .text(let text): text.shown
        case .list(let items): items.isEmpty ? "nothing" : items.joined(separator: ", ").oneLine(limit: 80)
        case .structure(let text): text
        }
    }

    /// Whole numbers without a fraction.
    static func words(_ number: Double) -> String { Int64(exactly: number).map { "\($0)" } ?? "\(number)" }
}
