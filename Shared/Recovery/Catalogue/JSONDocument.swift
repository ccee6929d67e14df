// SPDX-License-Identifier: Apache-2.0
// Martlet: JSON documents of this module.
internal import FoundationEssentials

/// Encoding without line breaks and with sorted keys; decoding that ignores unknown members.
enum JSONDocument {
    static func encode(_ value: some Encodable) throws(RecoveryError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) } catch {
            throw RecoveryError(.internal, "a document can't be written as JSON", cause: error)
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(FormatFault) -> Value {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch let error as DecodingError {
            throw FormatFault("the document can't be read: \(reason(error))")
        } catch {
            throw FormatFault("the document can't be read")
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON" : "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is wrong"
        @unknown default: "it is not as expected"
        }
    }
}
