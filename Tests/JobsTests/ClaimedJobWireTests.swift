// SPDX-License-Identifier: Apache-2.0
// The one field of a bus entry.

import NIOCore
import Platform
import Testing

@testable import Jobs

@Suite struct ClaimedJobWireTests {
    private let job = ClaimedJob(
        id: JobID(rawValue: 1_876_543_210_987_654_321),
        epoch: 3,
        attempt: 2,
        lane: Lane(queue: 12, priority: 7),
        dispatchedAt: 1_764_000_000_123_456,
        kind: "mail.send",
        options: JobOptions(maxAttempts: 5),
        args: Array(#"{"to":"ü"}"#.utf8)
    )

    @Test func everyFieldComesBack() { #expect(ClaimedJob(wire: job.wire) == job) }

    @Test func theLongestStateOfATraceComesBack() throws {
        var traced = job
        traced.options.trace = TraceContext(
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            tracestate: "\(String(repeating: "k", count: 254))=\(String(repeating: ";", count: 256))"
        )
        #expect(traced.options.trace?.tracestate?.utf8.count == 511)
        #expect(ClaimedJob(wire: traced.wire) == traced)
    }

    @Test func longArgumentsStayInTheLedger() throws {
        var long = job
        long.args = Array(repeating: 0x20, count: ClaimedJob.largestArgsOnBus + 1)
        let back = try #require(ClaimedJob(wire: long.wire))
        #expect(back.args == nil)
        #expect(long.wire.readableBytes < 200)
    }

    @Test func everyTruncationIsRefused() {
        let wire = job.wire
        for length in 0..<wire.readableBytes {
            #expect(ClaimedJob(wire: wire.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
        }
    }

    @Test func anotherLayoutIsRefused() {
        var wire = job.wire
        wire.setInteger(UInt8(9), at: 0)
        #expect(ClaimedJob(wire: wire) == nil)
    }
}
