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

    @Test func partsOfANewerVersionArePassedOver() {
        #expect(JobOptions(encoded: "z=9;a=3;q;r=bad") == JobOptions(maxAttempts: 3))
    }
}
