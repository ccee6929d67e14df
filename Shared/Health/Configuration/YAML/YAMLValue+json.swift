// SPDX-License-Identifier: Apache-2.0
// Martlet: JSON read by the same rules as the configuration file.

extension YAMLValue {
    /// The same value, as the file would have it.
    init(_ json: JSONValue, at place: YAMLPlace) {
        self.place = place
        switch json {
        case .null: content = .scalar("", isNull: true)
        case .boolean(let value): content = .scalar("\(value)", isNull: false)
        case .number(let value):
            content = .scalar(Int64(exactly: value).map { "\($0)" } ?? "\(value)", isNull: false)
        case .string(let text):
            // A request fills no variables in: its dollar signs are dollar signs.
            content = .scalar(text.replacing("$", with: "$$"), isNull: false)
        case .array(let items):
            content = .list(items.enumerated().map { YAMLValue($1, at: place.element($0, line: nil)) })
        case .object(let members):
            content = .map(members.map { ($0.name, YAMLValue($0.value, at: place.member($0.name, line: nil))) })
        }
    }
}
