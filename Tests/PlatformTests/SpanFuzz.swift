// SPDX-License-Identifier: Apache-2.0
// Martlet: random spans.
import TestSupport
import Tracing

@testable import Platform

/// Makes spans with every kind of content, extremes included.
struct SpanFuzz {
    var generator: SeededGenerator
    private let recorder: TraceRecorder

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        var settings = TraceSettings(service: "fuzz", endpoint: "http://127.0.0.1/")
        settings.sampleRatio = 0.5
        recorder = TraceRecorder(settings, sink: SpanCollector(), registry: MetricsRegistry())
    }

    private mutating func upTo(_ limit: Int) -> Int { Int.random(in: 0...limit, using: &generator) }

    private mutating func text() -> String {
        let alphabet: [Character] = ["a", "Z", "0", " ", "\"", "\\", "\n", "\u{0}", "é", "漢", "😀", "\u{7F}", "%"]
        let length = [0, 1, 5, 40, 700][upTo(4)]
        return String((0..<length).map { _ in alphabet[upTo(alphabet.count - 1)] })
    }

    private mutating func integer() -> Int64 {
        [0, -1, 1, 127, 128, .min, .max, Int64(bitPattern: generator.next())][upTo(7)]
    }

    private mutating func double() -> Double {
        [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi][upTo(7)]
    }

    private mutating func value() -> SpanAttribute {
        let count = upTo(5)
        switch upTo(11) {
        case 0: return .int32(Int32(truncatingIfNeeded: integer()))
        case 1: return .int64(integer())
        case 2: return .double(double())
        case 3: return .bool(upTo(1) == 1)
        case 4: return .string(text())
        case 5: return .stringConvertible(integer())
        case 6: return .int32Array((0..<count).map { _ in Int32(truncatingIfNeeded: integer()) })
        case 7: return .int64Array((0..<count).map { _ in integer() })
        case 8: return .doubleArray((0..<count).map { _ in double() })
        case 9: return .boolArray((0..<count).map { _ in upTo(1) == 1 })
        case 10: return .stringArray((0..<count).map { _ in text() })
        default: return .stringConvertibleArray((0..<count).map { _ in integer() })
        }
    }

    private mutating func attributes(_ limit: Int) -> SpanAttributes {
        var attributes = SpanAttributes([:])
        for _ in 0..<upTo(limit) { attributes.set(text(), value: value()) }
        return attributes
    }

    private mutating func context() -> TraceContext {
        TraceContext(
            high: generator.next(),
            low: generator.next() | 1,
            span: generator.next() | 1,
            isSampled: upTo(1) == 1,
            tracestate: upTo(1) == 1 ? "vendor=\(upTo(999))" : nil
        )
    }

    /// A span that has ended.
    mutating func span() -> TraceSpan {
        let kind = [SpanKind.internal, .server, .client, .producer, .consumer][upTo(4)]
        let root = recorder.start(text(), kind: kind, parent: upTo(1) == 1 ? context() : nil)
        let span = upTo(1) == 1 ? root : root.startChild(text(), kind: kind)
        for _ in 0..<upTo(40) { span.set("k\(upTo(60))", value()) }
        if upTo(3) == 0 { span.attributes.merge(attributes(10)) }
        for _ in 0..<upTo(20) { span.addEvent(SpanEvent(name: text(), attributes: attributes(12))) }
        for _ in 0..<upTo(10) {
            var other = ServiceContext.topLevel
            other.traceContext = context()
            span.addLink(SpanLink(context: other, attributes: attributes(10)))
        }
        if upTo(2) == 0 { span.setStatus(SpanStatus(code: upTo(1) == 0 ? .ok : .error, message: text())) }
        span.end()
        return span
    }
}
