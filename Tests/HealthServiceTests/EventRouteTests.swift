// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of what operators may ask about events.

import HTTPTypes
import HummingbirdTesting
import Testing

@testable import HealthService

@Suite("Questions about events") struct EventRouteTests {
    @Test func whatTheLedgerWouldRefuseIsNamedBefore() async throws {
        try await PageFixture.with("eventquestions", "checks: []") { page in
            for (query, name, allowed) in [
                ("check=%00", "check", "1 to 63 letters, digits, -, _ and ."),
                ("check=a%20b", "check", "1 to 63 letters, digits, -, _ and ."),
                ("before=a0.AA", "before", "the `next` of the page before, or an RFC 3339 time"),
                ("before=a-zzzzzzzzzzzz.YQ", "before", "the `next` of the page before, or an RFC 3339 time"),
            ] {
                let answer = try await page.send(.get, "/v1/events?\(query)", key: PageFixture.key)
                #expect(answer.status == .badRequest, "\(query)")
                #expect(
                    answer.text.contains("\"parameter\":\"\(name)\"") && answer.text.contains(allowed),
                    "\(answer.text)"
                )
            }
            let good = try await page.send(.get, "/v1/events?check=gone&before=a0.YQ", key: PageFixture.key)
            #expect(good.status == .ok && good.text.contains("\"events\":[]"), "\(good.text)")
        }
    }
}
