// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of looking at jobs, waiting for them, cancelling and retrying them.

import HTTPTypes
import Platform
import ServiceLifecycleTestKit
import TestSupport
import Testing

@testable import API

@Suite(.enabled(if: APIFixture.isAvailable, APIFixture.reason), .timeLimit(.minutes(4)))
struct JobRouteTests {
    @Test func whatDoesNotExistIsNotFound() async throws {
        try await APIFixture.with("missing") { api async throws in
            for id in ["1", "9223372036854775807", "0", "-1", "abc", "1.5", "99999999999999999999", "%00"] {
                for answer in [
                    try await api.get("/v1/jobs/\(id)"), try await api.get("/v1/jobs/\(id)/wait?timeout=0"),
                    try await api.post("/v1/jobs/\(id)/cancel"), try await api.post("/v1/jobs/\(id)/retry"),
                ] {
                    #expect(answer.status == 404, "\(id)")
                    #expect(answer["type"] == "/problems/not-found")
                }
            }
            let wrong = try await api.get("/v1/jobs/1/cancel")
            #expect(wrong.status == 405)
            #expect(wrong.headers[.allow] == "POST")
        }
    }

    @Test func listsAreFilteredAndWalked() async throws {
        try await APIFixture.with("list") { api async throws in
            var ids: [String] = []
            for number in 0..<23 {
                let queue = number % 2 == 0 ? "even" : "odd"
                let tags = number % 5 == 0 ? #","tags":["five"]"# : ""
                let delay = number % 3 == 0 ? #","delay":600"# : ""
                ids.append(try await api.submit("{\"kind\":\"k\(number % 4)\",\"queue\":\"\(queue)\"\(tags)\(delay)}"))
            }
            func walk(_ query: String, limit: Int) async throws -> [String] {
                var found: [String] = []
                var cursor = ""
                while true {
                    let page = try await api.get("/v1/jobs?\(query)&limit=\(limit)\(cursor)")
                    #expect(page.status == 200, "\(page.text)")
                    var index = 0
                    while let id = page["jobs/\(index)/id"] {
                        found.append(id)
                        index += 1
                    }
                    #expect(index <= limit)
                    guard let next = page["next"] else { return found }
                    cursor = "&cursor=\(next)"
                }
            }
            let newestFirst = Array(ids.reversed())
            #expect(try await walk("", limit: 5) == newestFirst)
            #expect(try await walk("", limit: 200) == newestFirst)
            func expected(_ matches: (Int) -> Bool) -> [String] {
                ids.indices.filter(matches).reversed().map { ids[$0] }
            }
            #expect(try await walk("queue=even", limit: 4) == expected { $0 % 2 == 0 })
            #expect(try await walk("kind=k1", limit: 2) == expected { $0 % 4 == 1 })
            #expect(try await walk("tag=five", limit: 3) == expected { $0 % 5 == 0 })
            #expect(try await walk("state=scheduled", limit: 3) == expected { $0 % 3 == 0 })
            #expect(try await walk("state=available&queue=odd", limit: 3) == expected { $0 % 3 != 0 && $0 % 2 == 1 })
            #expect(try await walk("queue=unknown", limit: 3) == [])
            #expect(try await walk("state=completed", limit: 3) == [])
        }
    }

    @Test func wrongParametersAreAllNamed() async throws {
        try await APIFixture.with("parameters") { api async throws in
            let answer = try await api.get("/v1/jobs?state=sleeping&queue=a%20b&cursor=xyz&limit=0&colour=red&kind=%00")
            #expect(answer.status == 400)
            #expect(answer["type"] == "/problems/invalid-parameters")
            #expect(Set(answer.places) == ["state", "queue", "cursor", "limit", "colour", "kind"])
            #expect(try await api.get("/v1/jobs/1/wait?timeout=61").places == ["timeout"])
            #expect(try await api.get("/v1/jobs/1/wait?timeout=PT-1S").places == ["timeout"])
            #expect(try await api.get("/v1/stats?x=1").places == ["x"])
        }
    }

    @Test func waitingJobsAreCancelledAtOnce() async throws {
        try await APIFixture.with("cancel") { api async throws in
            let id = try await api.submit(#"{"kind":"k","delay":600}"#)
            let answer = try await api.post("/v1/jobs/\(id)/cancel")
            #expect((answer.status, answer["state"]) == (200, "cancelled"))
            let record = try await api.get("/v1/jobs/\(id)")
            #expect(record["state"] == "cancelled")
            #expect(record["finished_at"] != nil)
            let again = try await api.post("/v1/jobs/\(id)/cancel")
            #expect(again.status == 409)
            #expect(again["type"] == "/problems/conflict")
            let retried = try await api.post("/v1/jobs/\(id)/retry")
            #expect((retried.status, retried["state"]) == (200, "available"))
            #expect(try await api.get("/v1/jobs/\(id)")["state"] == "available")
            #expect(try await api.post("/v1/jobs/\(id)/retry").status == 409)
        }
    }

    @Test func runningJobsAreAskedToStop() async throws {
        try await APIFixture.with("running") { api async throws in
            let id = try await api.submit(#"{"kind":"k","delay":600}"#)
            _ = try await api.sql(
                "UPDATE job_live SET state = 3, attempt = 1, owner = 7, check_at = now() + '1 min' WHERE id = \(id)"
            )
            let answer = try await api.post("/v1/jobs/\(id)/cancel")
            #expect((answer.status, answer["state"], answer["cancel_requested"]) == (202, "running", "true"))
            let record = try await api.get("/v1/jobs/\(id)")
            #expect((record["state"], record["cancel_requested"]) == ("running", "true"))
            #expect(try await api.post("/v1/jobs/\(id)/retry").status == 409)
        }
    }

    @Test func scheduledJobsAreHastened() async throws {
        try await APIFixture.with("hasten") { api async throws in
            let id = try await api.submit(#"{"kind":"k","delay":600}"#)
            #expect(try await api.post("/v1/jobs/\(id)/retry", "{}").status == 200)
            #expect(try await api.get("/v1/jobs/\(id)")["state"] == "available")
        }
    }

    @Test func waitEndsWithTheJob() async throws {
        try await APIFixture.with("wait") { api async throws in
            let id = try await api.submit(#"{"kind":"k","delay":600}"#)
            let started = ContinuousClock.now
            let present = try await api.get("/v1/jobs/\(id)/wait?timeout=0.2")
            #expect((present.status, present["state"]) == (200, "scheduled"))
            #expect(ContinuousClock.now - started >= .milliseconds(200))

            let waiting = ContinuousClock.now
            async let ended = api.get("/v1/jobs/\(id)/wait?timeout=PT1M")
            _ = try await api.post("/v1/jobs/\(id)/cancel")
            #expect(try await ended["state"] == "cancelled")
            #expect(ContinuousClock.now - waiting < .seconds(50))
        }
    }

    @Test func waitEndsWithTheService() async throws {
        try await APIFixture.with("waitdrain") { api async throws in
            let id = try await api.submit(#"{"kind":"k","delay":600}"#)
            try await testGracefulShutdown { trigger in
                let started = ContinuousClock.now
                async let waiting = api.get("/v1/jobs/\(id)/wait?timeout=60")
                // The wait must be under way before the end begins; its limiter tells.
                let sign = #"martlet_api_calls_in_flight{traffic="wait"} 1"#
                try await eventually("the wait is under way") {
                    String(decoding: api.service.metrics.render(.text), as: UTF8.self).contains(sign)
                }
                trigger.triggerGracefulShutdown()
                let answer = try await waiting
                #expect((answer.status, answer["state"]) == (200, "scheduled"))
                #expect(ContinuousClock.now - started < .seconds(50))
            }
        }
    }

    @Test func statsAndRootAnswer() async throws {
        try await APIFixture.with("stats") { api async throws in
            _ = try await api.submit(#"{"kind":"k","queue":"mail","delay":600}"#)
            let stats = try await api.get("/v1/stats")
            #expect(stats.status == 200)
            #expect(stats["queues/mail/scheduled"] != nil)
            #expect(stats["total/completed"] == "0")
            let id = try await api.submit(#"{"kind":"k","queue":"mail","delay":600}"#)
            _ = try await api.post("/v1/jobs/\(id)/cancel")
            #expect(try await api.get("/v1/stats")["queues/mail/cancelled"] == "1")
            let root = try await api.get("/")
            #expect(root["service"] == "martlet-api")
            #expect(root["routes/submit"] == "POST /v1/jobs")
        }
    }
}
