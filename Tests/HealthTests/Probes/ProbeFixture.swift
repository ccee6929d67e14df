// SPDX-License-Identifier: Apache-2.0
// Martlet: what the tests of all probes share.

import NIOPosix
import TestSupport
import Testing

@testable import Health

enum Fixture {
    /// For all tests; the process ends with it.
    static let resources = ProbeResources(group: MultiThreadedEventLoopGroup.singleton)
    /// Short enough to wait for, where a time-out is what is tested.
    static let short = Duration.milliseconds(300)

    /// Runs a probe that is expected to time out, and checks that it does so in time.
    static func late(_ probe: some Probe, sourceLocation: SourceLocation = #_sourceLocation) async -> ProbeResult {
        let start = ContinuousClock.now
        let result = await probe.run(timeout: short)
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= short, sourceLocation: sourceLocation)
        // The contract is 50 ms; a busy machine gets more.
        #expect(elapsed < short + .seconds(5), sourceLocation: sourceLocation)
        return result
    }

    /// A port that nobody listens on.
    static func closedPort() async throws -> Int { try ClusterPort.free() }
}

func conditions(_ texts: String...) throws -> Expectations {
    Expectations(conditions: try texts.map { try Condition(parsing: $0) })
}

func degraded(_ texts: String...) throws -> Expectations {
    Expectations(degraded: try texts.map { try Condition(parsing: $0) })
}
