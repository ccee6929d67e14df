// SPDX-License-Identifier: Apache-2.0
// Martlet: where a piece of work stands in a trace, as W3C Trace Context writes it.

/// The place of some work in a distributed trace: https://www.w3.org/TR/trace-context/, the `traceparent` header.
public struct TraceContext: Sendable, Hashable {
    /// The trace, 32 lower-case hexadecimal digits, not all zero.
    public let traceID: String
    /// The work within it that calls us, 16 lower-case hexadecimal digits, not all zero.
    public let spanID: String
    /// Whether the caller records the trace.
    public let isSampled: Bool

    /// Reads a `traceparent` header; nil when it is not one, which a receiver is told to treat as none at all.
    public init?(traceparent: some StringProtocol) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        // A later version may add parts behind the flags; of version 00 there are four.
        guard parts.count >= 4, let version = Self.hexadecimal(parts[0], digits: 2), version != "ff",
            version != "00" || parts.count == 4,
            let trace = Self.hexadecimal(parts[1], digits: 32), trace.contains(where: { $0 != "0" }),
            let span = Self.hexadecimal(parts[2], digits: 16), span.contains(where: { $0 != "0" }),
            let flags = Self.hexadecimal(parts[3], digits: 2), let bits = UInt8(flags, radix: 16)
        else { return nil }
        (traceID, spanID, isSampled) = (trace, span, bits & 1 == 1)
    }

    private init(traceID: String, spanID: String, isSampled: Bool) {
        (self.traceID, self.spanID, self.isSampled) = (traceID, spanID, isSampled)
    }

    /// The header, of version 00.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// The same trace with work of our own in it, which calls others.
    public func child() -> TraceContext {
        let span = String(UInt64.random(in: 1 ... .max), radix: 16)
        return TraceContext(
            traceID: traceID,
            spanID: String(repeating: "0", count: 16 - span.utf8.count) + span,
            isSampled: isSampled
        )
    }

    private static func hexadecimal(_ text: some StringProtocol, digits: Int) -> String? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return String(text)
    }
}
