// SPDX-License-Identifier: Apache-2.0
// Martlet: spans as JSON of the shape that the Python script makes of what it decodes.
import FoundationEssentials
import Tracing

@testable import Platform

/// Writes what a body should say, by a way of its own.
enum OTLPWanted {
    static func json(_ spans: [TraceSpan], resource: [(name: String, value: String)]) throws -> String {
        let pairs = resource.map { pair in
            array([
                string(pair.name),
                pair.name == "process.pid" ? member("int_value", pair.value) : member("string_value", pair.value),
            ])
        }
        return object([
            ("resource", array(pairs)), ("scope", array([string("martlet"), string(BuildInfo.version)])),
            ("spans", array(spans.map(span))),
        ])
    }

    private static func span(_ span: TraceSpan) -> String {
        let record = span.record
        let kinds: [SpanKind: Int] = [.internal: 1, .server: 2, .client: 3, .producer: 4, .consumer: 5]
        let remote = span.isParentRemote == nil ? 0 : span.isParentRemote == true ? 768 : 256
        let status = record.status
        return object([
            ("trace_id", string(span.traceContext.traceID)), ("span_id", string(span.traceContext.spanID)),
            ("trace_state", string(span.traceContext.tracestate ?? "")),
            ("parent_span_id", string(span.parent == 0 ? "" : TraceContext.text(span.parent))),
            ("flags", "\(remote + (span.traceContext.isSampled ? 1 : 0))"), ("name", string(record.name)),
            ("kind", "\(kinds[span.kind] ?? 0)"), ("start", string("\(span.start)")), ("end", string("\(record.end)")),
            ("attributes", attributes(record.attributes)), ("dropped_attributes", "\(record.attributes.dropped)"),
            (
                "events",
                array(
                    record.events.map { event in
                        array([
                            string("\(event.time)"), string(event.name), attributes(event.attributes),
                            "\(event.attributes.dropped)",
                        ])
                    }
                )
            ), ("dropped_events", "\(record.droppedEvents)"),
            (
                "links",
                array(
                    record.links.map { link in
                        array([
                            string(link.context.traceID), string(link.context.spanID),
                            string(link.context.tracestate ?? ""), attributes(link.attributes),
                            "\(link.attributes.dropped)", link.context.isSampled ? "1" : "0",
                        ])
                    }
                )
            ), ("dropped_links", "\(record.droppedLinks)"),
            ("status", array([status == nil ? "0" : status?.code == .ok ? "1" : "2", string(status?.message ?? "")])),
        ])
    }

    private static func attributes(_ list: SpanAttributeList) -> String {
        array(list.entries.map { array([string($0.key), value($0.value)]) })
    }

    private static func value(_ value: SpanAttribute) -> String {
        switch value {
        case .string(let text): member("string_value", text)
        case .bool(let flag): array([string("bool_value"), "\(flag)"])
        case .int32(let number): member("int_value", "\(number)")
        case .int64(let number): member("int_value", "\(number)")
        case .double(let number): member("double_value", "\(number.bitPattern)")
        case .stringArray(let items): list(items.map { .string($0) })
        case .boolArray(let items): list(items.map { .bool($0) })
        case .int32Array(let items): list(items.map { .int32($0) })
        case .int64Array(let items): list(items.map { .int64($0) })
        case .doubleArray(let items): list(items.map { .double($0) })
        default: "null"
        }
    }

    private static func list(_ items: [SpanAttribute]) -> String { array([string("array"), array(items.map(value))]) }

    private static func member(_ kind: String, _ text: String) -> String { array([string(kind), string(text)]) }

    private static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

    private static func object(_ pairs: [(String, String)]) -> String {
        "{" + pairs.map { "\(string($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    private static func string(_ text: String) -> String {
        var result = "\""
        for unit in text.utf16 {
            let digits = String(unit, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return result + "\""
    }
}
