// SPDX-License-Identifier: Apache-2.0
// Martlet: where a piece of work stands in a trace, as W3C Trace Context writes it.

/// The place of some work in a distributed trace: https://www.w3.org/TR/trace-context/, the headers `traceparent` and
/// `tracestate`.
public struct TraceContext: Sendable, Hashable {
    /// The upper and the lower half of the trace's id, and the id of the work within it; never all zero.
    let (high, low, span): (UInt64, UInt64, UInt64)
    /// Whether the caller records the trace.
    public let isSampled: Bool
    /// What tracing systems on the way add, passed on unread; at most ``maximumStateLength`` bytes.
    public let tracestate: String?

    /// Reads a `traceparent` header and, if there is one, `tracestate`; nil when the first is not one, which a receiver is
    /// told to treat as none at all.
    ///
    /// A `tracestate` that breaks the rules or is longer than 512 bytes is left out.
    public init?(traceparent: some StringProtocol, tracestate: String? = nil) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        // A later version may add parts behind the flags; of version 00 there are four.
        guard parts.count >= 4, let version = Self.hexadecimal(parts[0], digits: 2), version != 0xFF,
            version != 0 || parts.count == 4, parts[1].utf8.count == 32,
            let high = Self.hexadecimal(parts[1].prefix(16), digits: 16),
            let low = Self.hexadecimal(parts[1].dropFirst(16), digits: 16), high | low != 0,
            let span = Self.hexadecimal(parts[2], digits: 16), span != 0,
            let flags = Self.hexadecimal(parts[3], digits: 2)
        else { return nil }
        (self.high, self.low, self.span, isSampled) = (high, low, span, flags & 1 == 1)
        self.tracestate = tracestate.flatMap { Self.isState($0) ? $0 : nil }
    }

    init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool, tracestate: String? = nil) {
        (self.high, self.low, self.span, self.isSampled) = (high, low, span, isSampled)
        self.tracestate = tracestate
    }

    /// The trace, 32 lower-case hexadecimal digits.
    public var traceID: String { Self.text(high) + Self.text(low) }
    /// The work within it that calls us, 16 lower-case hexadecimal digits.
    public var spanID: String { Self.text(span) }

    /// The header, of version 00.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// The same trace with work of our own in it, which calls others.
    public func child() -> TraceContext { child(TraceIDs.next()) }

    func child(_ span: UInt64) -> TraceContext {
        TraceContext(high: high, low: low, span: span, isSampled: isSampled, tracestate: tracestate)
    }

    private static func hexadecimal(_ text: some StringProtocol, digits: Int) -> UInt64? {
        guard text.utf8.count == digits,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return UInt64(text, radix: 16)
    }

    static func text(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
