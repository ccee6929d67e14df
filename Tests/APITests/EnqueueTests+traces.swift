// SPDX-License-Identifier: Apache-2.0
// Martlet: a client's place in a trace goes with the job.

import HTTPTypes
import Testing

extension EnqueueTests {
    @Test func theTraceGoesWithTheJob() async throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        try await APIFixture.with("trace") { api async throws in
            let name = try #require(HTTPField.Name("traceparent"))
            for (parent, expected) in [("00-\(trace)-00f067aa0ba902b7-01", trace), ("00-nonsense-01", nil)] {
                let headers: HTTPFields = [name: parent]
                let single = try await api.post("/v1/jobs", #"{"kind":"k"}"#, headers: headers)
                let id = try #require(single["id"])
                #expect(try await api.get("/v1/jobs/\(id)")["trace_id"] == expected)
                #expect(try await api.post("/v1/jobs/batch", #"[{"kind":"k"}]"#, headers: headers).status == 201)
            }
            #expect(try await api.sql("SELECT count(*) FROM job WHERE options LIKE '%p=00-\(trace)-%'") == "2")
        }
    }

    @Test func theStateOfTheTraceGoesWithTheJobOrIsLeftOut() async throws {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let states: [(lines: [String], kept: String?)] = [
            (["vendor=x;a,rojo=1"], "vendor%3Dx%3Ba,rojo%3D1"), (["a=1", "b=2"], "a%3D1, b%3D2"), (["nonsense"], nil),
            (["a=1,a=2"], nil),
            (["a=\(String(repeating: "x", count: 250)),b=\(String(repeating: "x", count: 300))"], nil),
        ]
        try await APIFixture.with("tracestate") { api async throws in
            let (parentName, stateName) = (
                try #require(HTTPField.Name("traceparent")), try #require(HTTPField.Name("tracestate"))
            )
            for (lines, kept) in states {
                var headers: HTTPFields = [parentName: parent]
                for line in lines { headers.append(HTTPField(name: stateName, value: line)) }
                let id = try #require(try await api.post("/v1/jobs", #"{"kind":"k"}"#, headers: headers)["id"])
                let options = try await api.sql("SELECT options FROM job WHERE id = \(id)")
                #expect(options == "p=\(parent)" + (kept.map { ";s=\($0)" } ?? ""))
            }
            // Without a place in a trace a state is of no trace.
            let alone = try await api.post("/v1/jobs", #"{"kind":"k"}"#, headers: [stateName: "vendor=x"])
            let id = try #require(alone["id"])
            #expect(try await api.sql("SELECT options IS NULL FROM job WHERE id = \(id)") == "t")
        }
    }
}
