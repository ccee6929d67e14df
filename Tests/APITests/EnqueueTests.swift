// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of handing over jobs, through every layer down to SQL.

import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import API
@testable import Web

@Suite(.enabled(if: APIFixture.isAvailable, APIFixture.reason)) struct EnqueueTests {
    @Test func aJobIsRecordedAsItCame() async throws {
        try await APIFixture.with("enqueue") { api async throws in
            let answer = try await api.post("/v1/jobs", #"{"kind":"noop","args":{"a" : [1.0, "é"]}}"#)
            #expect(answer.status == 201)
            let id = try #require(answer["id"])
            #expect(answer.headers[.location] == "/v1/jobs/\(id)")
            #expect(answer["state"] == "available")
            #expect(answer["existing"] == "false")
            #expect(try await api.sql("SELECT args FROM job WHERE id = \(id)") == #"{"a" : [1.0, "é"]}"#)
            #expect(try await api.sql("SELECT count(*)::text FROM job_live WHERE id = \(id)") == "1")

            let full = try await api.submit(
                #"""
                {"kind":"k","queue":"mail","priority":4,"delay":"PT1H","max_attempts":3,"timeout":"PT5S","tags":["x","y"],
                 "backoff":{"type":"constant","base":1,"cap":1},"metadata":{"m":[true]},"unique_key":"u","unique_for":60}
                """#
            )
            let record = try await api.get("/v1/jobs/\(full)")
            #expect(record.status == 200)
            for (path, value) in [
                ("id", full), ("kind", "k"), ("queue", "mail"), ("priority", "4"), ("state", "scheduled"),
                ("attempt", "0"),
                ("max_attempts", "3"), ("timeout", "PT5S"), ("tags/1", "y"), ("backoff/type", "constant"),
                ("backoff/base", "PT1S"), ("metadata", #"{"m":[true]}"#), ("unique_key", "u"), ("args", "{}"),
            ] {
                #expect(record[path] == value, "\(path)")
            }
            let delay = try await api.sql(
                "SELECT (check_at - now() BETWEEN '59 min' AND '60 min')::text FROM job_live WHERE id = \(full)"
            )
            #expect(delay == "true")
        }
    }

    @Test func parametersInTheAddressAreRefused() async throws {
        try await APIFixture.with("parameters") { api async throws in
            let id = try await api.submit(#"{"kind":"noop"}"#)
            for path in [
                "/v1/jobs?delay=60", "/v1/jobs/batch?queue=x", "/v1/jobs/\(id)/cancel?force=1",
                "/v1/jobs/\(id)/retry?x=1",
            ] {
                #expect(try await api.post(path, #"{"kind":"noop"}"#).status == 400, "\(path)")
            }
            #expect(try await api.sql("SELECT count(*)::text FROM job") == "1")
            #expect(try await api.get("/v1/jobs/\(id)")["state"] == "available")
        }
    }

    @Test func nothingIsStoredOfBadInput() async throws {
        try await APIFixture.with("badinput") { api async throws in
            var count = 0
            for (body, pointers) in JobReaderTests.badFields {
                let answer = try await api.post("/v1/jobs", body)
                #expect(answer.status == 422, "\(body.prefix(80))")
                #expect(answer.headers[.contentType] == "application/problem+json")
                #expect(answer.places == pointers, "\(body.prefix(80))")
                let batch = try await api.post("/v1/jobs/batch", "[{\"kind\":\"good\"},\(body)]")
                #expect(batch.status == 422, "\(body.prefix(80))")
                #expect(batch.places == pointers.map { "/1\($0)" }, "\(body.prefix(80))")
                count += 2
            }
            for (body, pointer) in JobReaderTests.malformed {
                let answer = try await api.post("/v1/jobs", body)
                #expect(answer.status == 400, "\(body.prefix(80))")
                #expect(answer["type"] == "/problems/malformed-json")
                #expect(answer.places == [pointer])
                count += 1
            }
            #expect(count > 100)
            for type in [nil, "text/plain", "application/x-ndjson", "application/json; charset=utf-16"] {
                #expect(try await api.post("/v1/jobs", #"{"kind":"k"}"#, type: type).status == 415)
            }
            #expect(try await api.post("/v1/jobs/batch", #"[{"kind":"k"}]"#, type: "text/csv").status == 415)
            #expect(
                try await api.post("/v1/jobs", String(repeating: " ", count: JobBody.singleLimit + 1)).status == 413
            )
            #expect(
                try await api.post("/v1/jobs/batch", String(repeating: " ", count: JobBody.batchLimit + 1)).status
                    == 413
            )
            for key in ["", String(repeating: "k", count: 256), "a\u{e9}"] {
                let answer = try await api.post("/v1/jobs", #"{"kind":"k"}"#, key: key)
                #expect(answer.status == 400)
                #expect(answer.places == ["Idempotency-Key"])
            }
            #expect(try await api.post("/v1/jobs/batch", "[]").status == 422)
            #expect(try await api.stored() == "0/0/0/0")
        }
    }

    @Test func batchesAreAllOrNothing() async throws {
        try await APIFixture.with("batch") { api async throws in
            let jobs = (0..<1_500).map { "{\"kind\":\"noop\",\"args\":{\"n\":\($0)}}" }
            let answer = try await api.post("/v1/jobs/batch", "[\(jobs.joined(separator: ",\n"))]")
            #expect(answer.status == 201)
            let ids = answer.strings("ids")
            #expect(Set(ids).count == 1_500)
            #expect(try await api.sql("SELECT args FROM job WHERE id = \(ids[1_234])") == "{\"n\":1234}")
            let lines = try await api.post(
                "/v1/jobs/batch",
                jobs.prefix(3).joined(separator: "\n"),
                type: "application/x-ndjson"
            )
            #expect(lines.status == 201)
            #expect(lines.strings("ids").count == 3)
            #expect(try await api.stored() == "1503/1503/0/0")
            let unique = try await api.post(
                "/v1/jobs/batch",
                #"[{"kind":"k","unique_key":"a"},{"kind":"k"},{"kind":"k","unique_key":"a"}]"#
            )
            #expect(unique.status == 201)
            #expect(unique["ids/0"] == unique["ids/2"])
            #expect(unique.strings("existing") == ["2"])
            #expect(try await api.stored() == "1505/1505/1/0")
        }
    }

    @Test func uniqueJobsAreFoundAgain() async throws {
        try await APIFixture.with("unique") { api async throws in
            let body = #"{"kind":"k","unique_key":"only","delay":60}"#
            let id = try await api.submit(body)
            let again = try await api.post("/v1/jobs", body)
            #expect(again.status == 200)
            #expect((again["id"], again["existing"], again["state"]) == (id, "true", "scheduled"))
            #expect(again.headers[.location] == "/v1/jobs/\(id)")
            #expect(try await api.stored() == "1/1/1/0")
            #expect(try await api.post("/v1/jobs/\(id)/cancel").status == 200)
            let next = try await api.submit(body)
            #expect(next != id)
        }
    }

    @Test func repetitionsGetTheFirstJob() async throws {
        try await APIFixture.with("idempotency") { api async throws in
            let body = #"{"kind":"k","args":[1]}"#
            let first = try await api.post("/v1/jobs", body, key: "key-1")
            #expect(first.status == 201)
            let again = try await api.post("/v1/jobs", body, key: "key-1")
            #expect(again.status == 200)
            #expect((again["id"], again["existing"]) == (first["id"], "true"))
            let other = try await api.post("/v1/jobs", #"{"kind":"k","args":[2]}"#, key: "key-1")
            #expect(other.status == 422)
            #expect(other["type"] == "/problems/idempotency-mismatch")
            #expect(try await api.post("/v1/jobs", body, key: "key-2").status == 201)
            #expect(try await api.stored() == "2/2/0/2")

            let batch = "[\(Array(repeating: body, count: 20).joined(separator: ","))]"
            let ids = try await api.post("/v1/jobs/batch", batch, key: "key-3")
            #expect(ids.status == 201)
            let repeated = try await api.post("/v1/jobs/batch", batch, key: "key-3")
            #expect(repeated.status == 200)
            #expect(repeated.strings("ids") == ids.strings("ids"))
            // The same body on the other route is another request.
            #expect(try await api.post("/v1/jobs", body, key: "key-3").status == 422)
            #expect(try await api.stored() == "22/22/0/3")
        }
    }

    @Test func concurrentRepetitionsMakeOneJob() async throws {
        try await APIFixture.with("race") { api async throws in
            let answers = try await withThrowingTaskGroup(of: TestAnswer.self) { group in
                for _ in 0..<24 { group.addTask { try await api.post("/v1/jobs", #"{"kind":"k"}"#, key: "race") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.compactMap { $0["id"] }).count == 1)
            #expect(answers.filter { $0.status == 201 }.count == 1)
            #expect(try await api.stored() == "1/1/0/1")
        }
    }

    @Test func manyAtOnceAreAllRecorded() async throws {
        try await APIFixture.with("many") { api async throws in
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<300 {
                    group.addTask { try await api.submit("{\"kind\":\"noop\",\"args\":\(number)}") }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 300)
            #expect(try await api.stored() == "300/300/0/0")
            // Group commit: fewer transactions than jobs, and far fewer unless the machine is slower in asking than in committing.
            #expect(try await api.sql("SELECT (count(DISTINCT xmin::text) < 290)::text FROM job") == "true")
        }
    }

    /// A key that somebody's transaction holds keeps its own request waiting, and nobody else's.
    @Test func keysThatAreHeldKeepNobodyElseWaiting() async throws {
        try await APIFixture.with("heldkeys") { api async throws in
            let loop = EventLoop(name: "holder")
            defer { loop.shutdown() }
            let holder = try await PostgresSession.connect(PostgresConfiguration(url: api.database), on: loop)
            _ = try await holder.simpleQuery("BEGIN; INSERT INTO unique_key VALUES ('held', 1, 'infinity')")
            try await withThrowingTaskGroup(of: Int.self) { waiting in
                for number in 0..<8 {
                    waiting.addTask {
                        try await api.post(
                            "/v1/jobs",
                            #"{"kind":"noop","unique_key":"held"}"#,
                            key: number < 4 ? nil : "k\(number)"
                        ).status
                    }
                }
                try await eventually("requests wait for the key") {
                    try await api.sql(
                        "SELECT count(*) > 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                    ) == "t"
                }
                for _ in 0..<5 {
                    _ = try await api.submit(#"{"kind":"noop"}"#)
                    #expect(try await api.post("/v1/jobs/batch", #"[{"kind":"noop"},{"kind":"noop"}]"#).status == 201)
                }
                #expect(try await api.stored() == "15/15/0/0")
                _ = try await holder.simpleQuery("ROLLBACK")
                let answers = try await waiting.reduce(into: []) { $0.append($1) }
                // One job has the key, and each request without an idempotency key of its own or with one finds it.
                #expect(
                    answers.filter { $0 == 201 }.count == 1 && answers.filter { $0 == 200 }.count == 7,
                    "\(answers)"
                )
            }
            await holder.close()
        }
    }

    @Test func theBenchmarkRouteIsThereOnlyWhenAskedFor() async throws {
        try await APIFixture.with("bench", environment: ["MARTLET_BENCH_ROUTES": "true"]) { api async throws in
            let answer = try await api.post("/v1/noop-benchmark", #"{"kind":"noop","delay":5}"#)
            #expect(answer.status == 201)
            #expect(answer["state"] == "scheduled")
            #expect(try await api.post("/v1/noop-benchmark", #"{"kind":"noop","delay":-5}"#).places == ["/delay"])
            #expect(try await api.stored() == "0/0/0/0")
        }
        try await APIFixture.with("nobench") { api async throws in
            #expect(try await api.post("/v1/noop-benchmark", #"{"kind":"noop"}"#).status == 404)
        }
    }

    @Test func keysProtectEverythingButOperations() async throws {
        let key = "a-long-enough-key-0001"
        try await APIFixture.with("auth", environment: ["MARTLET_API_KEYS": key]) { api async throws in
            #expect(try await api.post("/v1/jobs", #"{"kind":"k"}"#).status == 401)
            #expect(try await api.post("/v1/jobs/batch", #"[{"kind":"k"}]"#).status == 401)
            for path in ["/v1/jobs", "/v1/jobs/1", "/v1/stats", "/v1/jobs/1/wait"] {
                #expect(try await api.get(path).status == 401)
            }
            #expect(try await api.stored() == "0/0/0/0")
            let header: HTTPFields = [.authorization: "Bearer \(key)"]
            #expect(try await api.post("/v1/jobs", #"{"kind":"k"}"#, headers: header).status == 201)
            #expect(try await api.get("/v1/stats", headers: header).status == 200)
            for path in ["/", "/health/live", "/health/ready", "/metrics", "/problems"] {
                // Readiness wants the database's answer within a second.
                try await eventually("\(path) answers") { try await api.get(path).status == 200 }
            }
        }
    }
}
