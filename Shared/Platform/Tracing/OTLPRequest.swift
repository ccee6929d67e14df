// SPDX-License-Identifier: Apache-2.0
// Martlet: spans as OpenTelemetry's protocol sends them: ExportTraceServiceRequest of opentelemetry-proto v1.
internal import Tracing

/// Writes the body of a request; the numbers are those of the fields in the published .proto files.
enum OTLPRequest {
    static func body(_ spans: [TraceSpan], resource: [(name: String, value: String)]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { writer in  // resource_spans
            writer.message(1) { writer in  // resource
                for pair in resource {
                    // The conventions want a number here.
                    let number = pair.name == "process.pid" ? Int64(pair.value) : nil
                    attribute(1, pair.name, number.map { .int64($0) } ?? .string(pair.value), &writer)
                }
            }
            writer.message(2) { writer in  // scope_spans
                writer.message(1) { writer in  // scope
                    writer.string(1, "martlet")
                    writer.string(2, BuildInfo.version)
                }
                for span in spans { writer.message(2) { write(span, &$0) } }
            }
        }
        return writer.bytes
    }

    private static func write(_ span: TraceSpan, _ writer: inout ProtobufWriter) {
        let context = span.traceContext
        let record = span.record
        writer.words(1, context.high, context.low)
        writer.words(2, context.span)
        writer.string(3, context.tracestate ?? "")
        if span.parent != 0 { writer.words(4, span.parent) }
        writer.string(5, record.name)
        writer.unsigned(6, number(span.kind))
        writer.fixed64(7, span.start)
        writer.fixed64(8, record.end)
        list(9, 10, record.attributes, &writer)
        for event in record.events {
            writer.message(11) { writer in
                writer.fixed64(1, event.time)
                writer.string(2, event.name)
                list(3, 4, event.attributes, &writer)
            }
        }
        writer.unsigned(12, UInt64(record.droppedEvents))
        for link in record.links {
            writer.message(13) { writer in
                writer.words(1, link.context.high, link.context.low)
                writer.words(2, link.context.span)
                writer.string(3, link.context.tracestate ?? "")
                list(4, 5, link.attributes, &writer)
                writer.fixed32(6, link.context.isSampled ? 1 : 0)
            }
        }
        writer.unsigned(14, UInt64(record.droppedLinks))
        if let status = record.status {
            writer.message(15) { writer in
                writer.string(2, status.message ?? "")
                writer.unsigned(3, status.code == .error ? 2 : 1)
            }
        }
        writer.fixed32(16, flags(context, isParentRemote: span.isParentRemote))
    }

    /// W3C's flags, and whether the parent is known to be in another process.
    private static func flags(_ context: TraceContext, isParentRemote: Bool?) -> UInt32 {
        let remote: UInt32 = isParentRemote.map { $0 ? 0x300 : 0x100 } ?? 0
        return (context.isSampled ? 1 : 0) | remote
    }

    private static func number(_ kind: SpanKind) -> UInt64 {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func list(
        _ field: Int,
        _ droppedField: Int,
        _ list: SpanAttributeList,
        _ writer: inout ProtobufWriter
    ) {
        for entry in list.entries { attribute(field, entry.key, entry.value, &writer) }
        writer.unsigned(droppedField, UInt64(list.dropped))
    }

    private static func attribute(_ field: Int, _ key: String, _ value: SpanAttribute, _ writer: inout ProtobufWriter) {
        writer.message(field) { writer in
            writer.string(1, key)
            writer.message(2) { OTLPValue.write(value, &$0) }
        }
    }
}
