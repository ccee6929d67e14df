// SPDX-License-Identifier: Apache-2.0
// Martlet: the value of an attribute as OpenTelemetry's protocol sends it: AnyValue.
internal import Tracing

/// Writes the members of an AnyValue.
enum OTLPValue {
    static func write(_ value: SpanAttribute, _ writer: inout ProtobufWriter) {
        switch value {
        case .string(let text): string(text, &writer)
        case .bool(let flag): bool(flag, &writer)
        case .int32(let number): integer(Int64(number), &writer)
        case .int64(let number): integer(number, &writer)
        case .double(let number): double(number, &writer)
        case .stringArray(let items): array(items, &writer, string)
        case .boolArray(let items): array(items, &writer, bool)
        case .int32Array(let items): array(items.map { Int64($0) }, &writer, integer)
        case .int64Array(let items): array(items, &writer, integer)
        case .doubleArray(let items): array(items, &writer, double)
        case .stringConvertible(let item): string("\(item)", &writer)
        case .stringConvertibleArray(let items): array(items.map { "\($0)" }, &writer, string)
        default: break  // a value without a member is "empty" in the protocol
        }
    }

    private static func string(_ text: String, _ writer: inout ProtobufWriter) { writer.presentString(1, text) }

    private static func bool(_ flag: Bool, _ writer: inout ProtobufWriter) { writer.presentUnsigned(2, flag ? 1 : 0) }

    private static func integer(_ number: Int64, _ writer: inout ProtobufWriter) {
        writer.presentUnsigned(3, UInt64(bitPattern: number))
    }

    private static func double(_ number: Double, _ writer: inout ProtobufWriter) {
        writer.presentFixed64(4, number.bitPattern)
    }

    private static func array<Item>(
        _ items: [Item],
        _ writer: inout ProtobufWriter,
        _ write: (Item, inout ProtobufWriter) -> Void
    ) {
        writer.message(5) { writer in
            for item in items { writer.message(1) { write(item, &$0) } }
        }
    }
}
