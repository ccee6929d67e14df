// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the feeds: where their links lead.

import Foundation
import Health
import Platform
import Testing

@testable import HealthService

@Suite struct IncidentFeedTests {
    private func text(_ format: IncidentFeed.Format, base: String?) -> String {
        let incident = Incident(
            id: 42,
            check: "db",
            title: "Database is DOWN",
            state: .down,
            severity: .critical,
            startedAt: Timestamp(seconds: 1_800_000_000)
        )
        return IncidentFeed(title: "Acme", base: base, incidents: [incident]).text(format)
    }

    @Test func linksLeadToTheConfiguredAddress() {
        let base = "https://status.acme.example"
        #expect(text(.rss, base: base).contains("<link>\(base)/incidents/42</link>"))
        let atom = text(.atom, base: base)
        #expect(atom.contains("<id>\(base)/feed.atom</id>") && atom.contains("<id>\(base)/incidents/42</id>"))
        #expect(text(.json, base: base).contains("\"feed_url\":\"\(base)/feed.json\""))
    }

    @Test(arguments: [IncidentFeed.Format.rss, .atom, .json])
    func withoutOneTheyAreRelative(_ format: IncidentFeed.Format) throws {
        let text = text(format, base: nil)
        #expect(text.contains("/incidents/42"))
        // The name spaces of the formats are the only addresses with a host.
        let hosts = text.split(separator: "://").dropFirst().map { String($0.prefix { !"/\" <".contains($0) }) }
        #expect(hosts.allSatisfy { $0 == "www.w3.org" || $0 == "jsonfeed.org" }, "\(text)")
        if format == .atom {
            #expect(
                text.contains("<id>urn:martlet:incidents</id>") && text.contains("<id>urn:martlet:incident:42</id>")
            )
            #expect(text.contains("<link href=\"/incidents/42\"/>"))
        }
    }
}
