// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a failure speaks of, since subscribers are suspended for their own only.

import NIOCore
import Testing

@testable import Health

@Suite struct ProbeFailureTests {
    @Test func aResolverThatHangsSaysNothingOfTheTarget() {
        let late = ProbeFailure.timedOut(after: .seconds(1), .resolving("a.example"))
        #expect(late.origin == .resolver && late.reason == "timed out after 1s while looking up a.example")
        for phase in [ProbePhase.connecting, .handshaking, .waitingForHead, .readingBody(bytes: 1)] {
            #expect(ProbeFailure.timedOut(after: .seconds(1), phase).origin == .target)
        }
    }

    @Test func anAddressThatMayNotBeReachedIsThePolicys() async throws {
        let fetch = HTTPFetch(
            resources: Fixture.resources,
            method: "POST",
            url: try ProbeURL("http://127.0.0.1:9/"),
            headers: [],
            body: [],
            redirects: 0,
            tls: TLSOptions(),
            refusal: { addresses in addresses.isEmpty ? nil : "not there" }
        )
        guard case .failure(let failure) = await fetch.answer(timeout: .seconds(10)) else {
            Issue.record("it was reached")
            return
        }
        #expect(failure.reason == "not there" && failure.origin == .policy && failure.status == .down)
    }
}
