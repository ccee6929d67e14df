// SPDX-License-Identifier: Apache-2.0
// Martlet: a JSON value of bounded depth, as conditions look into it.

/// A JSON value; objects keep their order.
indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A name and its value.
    struct Member: Sendable, Equatable {
        var name: String
        var value: JSONValue
    }

    /// Reads one value with nothing after it.
    init(parsing bytes: [UInt8]) throws(JSONTrouble) {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }

    /// The member of an object; nil for others.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// How many elements, members or characters there are; nil for others.
    var length: Int? {
        switch self {
        case .array(let items): items.count
        case .object(let members): members.count
        case .string(let text): text.count
        case .null, .boolean, .number: nil
        }
    }
}
