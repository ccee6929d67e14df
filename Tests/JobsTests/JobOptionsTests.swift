// SPDX-License-Identifier: Apache-2.0
// The short text form of options.

import Platform
import Testing

@testable import Jobs

@Suite struct JobOptionsTests {
    @Test func ordinaryJobsCarryNothing() {
        #expect(JobOptions.standard.encoded == nil)
        #expect(JobOptions(encoded: nil) == .standard)
    }

    @Test(arguments: [
        JobOptions(maxAttempts: 1), JobOptions(timeout: .milliseconds(1_500)),
        JobOptions(
            maxAttempts: 7,
            timeout: .seconds(2),
            retry: RetryPolicy(kind: .linear, base: .milliseconds(250), cap: .seconds(9))
        ),
        JobOptions(retry: RetryPolicy(kind: .constant, base: .seconds(3), cap: .seconds(3))),
    ])
    func everyOptionComesBack(options: JobOptions) throws {
        let text: String = try #require(options.encoded)
        #expect(JobOptions(encoded: text) == options)
    }

    @Test func theKeysMarkComesBack() throws {
        var options = JobOptions.standard
        options.releasesKey = true
        let text: String = try #require(options.encoded)
        #expect(JobOptions(encoded: text).releasesKey)
    }

    @Test func theTraceComesBack() throws {
        var options = JobOptions(maxAttempts: 3)
        options.trace = TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        #expect(options.trace != nil)
        let text: String = try #require(options.encoded)
        #expect(JobOptions(encoded: text) == options)
    }

    @Test(arguments: [
        "vendor=x", "a=1, b=2", "k=%3B;%;;u 1;%253B,l=%25", "k=;a 99;u 1;t 5", "u=1", "k=%3D",
        String(repeating: "k", count: 255) + "=" + String(repeating: ";", count: 256),
    ])
    func theStateOfTheTraceComesBackAndIsNoPartOfOurs(state: String) throws {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var options = JobOptions(maxAttempts: 3)
        options.trace = TraceContext(traceparent: parent, tracestate: state)
        #expect(options.trace?.tracestate == state)
        let text: String = try #require(options.encoded)
        #expect(JobOptions(encoded: text) == options)
        // What a version that does not know the state sees: nothing but its own parts, and one that it passes over.
        #expect(text.split(separator: ";").map { $0.prefix(2) } == ["a=", "p=", "s="])
        #expect(!text.contains("u=1"), "the ledger's statements look for this")
    }

    @Test func aStateWithoutAPlaceOrAgainstTheRulesIsLeftOut() throws {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        #expect(JobOptions(encoded: "s=vendor%3Dx") == .standard)
        let trace = try #require(TraceContext(traceparent: parent))
        for state in ["", "no list", "a%3D1%3D2", "a%3D" + String(repeating: "x", count: 600)] {
            #expect(JobOptions(encoded: "p=\(parent);s=\(state)").trace == trace)
            #expect(JobOptions(encoded: "s=\(state);p=\(parent)").trace == trace)
        }
    }

    @Test func partsOfANewerVersionArePassedOver() {
        #expect(JobOptions(encoded: "z=9;a=3;q;r=bad") == JobOptions(maxAttempts: 3))
    }
}
