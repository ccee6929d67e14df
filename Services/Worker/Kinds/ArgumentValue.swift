// SPDX-License-Identifier: Apache-2.0
// Martlet: a JSON value whose type is checked later, so that an error can name the field and what is allowed.

/// Any JSON value; numbers as Double, which is exact for all that the built-in kinds take.
indirect enum ArgumentValue: Decodable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([ArgumentValue])
    case object([String: ArgumentValue])
    /// Present, and left undecoded.
    case opaque

    init(from decoder: any Decoder) throws {
        if let values = try? decoder.container(keyedBy: FieldName.self) {
            var object: [String: ArgumentValue] = [:]
            for key in values.allKeys { object[key.stringValue] = try values.decode(ArgumentValue.self, forKey: key) }
            self = .object(object)
            return
        }
        if var values = try? decoder.unkeyedContainer() {
            var list: [ArgumentValue] = []
            while !values.isAtEnd { list.append(try values.decode(ArgumentValue.self)) }
            self = .list(list)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    /// The name of a member of an object.
    struct FieldName: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
