// SPDX-License-Identifier: Apache-2.0
// Martlet: traceparent, good and bad.

import Testing

@testable import Platform

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    @Test func whatIsReadIsWritten() throws {
        for flags in ["00", "01"] {
            let text = "00-\(Self.trace)-\(Self.span)-\(flags)"
            let context = try #require(TraceContext(traceparent: text))
            #expect(context.traceparent == text && context.isSampled == (flags == "01"))
            #expect(context.traceID == Self.trace && context.spanID == Self.span)
        }
        // Flags that we don't know are not passed on.
        #expect(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-ff")?.traceparent.hasSuffix("-01") == true)
        // A later version may say more behind.
        let later = try #require(TraceContext(traceparent: "cc-\(Self.trace)-\(Self.span)-01-more"))
        #expect(later.traceparent == "00-\(Self.trace)-\(Self.span)-01")
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-01-more", "ff-\(trace)-\(span)-01",
        "00-\(trace.uppercased())-\(span)-01", "00-\(String(repeating: "0", count: 32))-\(span)-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace)x-\(span)-01", "00-\(trace)-\(span)-1", "0-\(trace)-\(span)-01",
        "00-\(trace)-\(span)-0g", " 00-\(trace)-\(span)-01", "00-\(trace.dropLast())é-\(span)-01",
    ])
    func anythingElseIsNone(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func childrenStayInTheTrace() throws {
        let parent = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01"))
        let children = Set((0..<100).map { _ in parent.child() })
        #expect(children.count == 100)
        for child in children {
            #expect(child.traceID == parent.traceID && child.isSampled && child.spanID != parent.spanID)
            #expect(TraceContext(traceparent: child.traceparent) == child)
        }
    }
}
