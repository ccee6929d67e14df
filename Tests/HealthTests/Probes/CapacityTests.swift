// SPDX-License-Identifier: Apache-2.0
// Martlet: many probes at once stay bounded in sockets and threads.

import Foundation
import TestSupport
import Testing

@testable import Health

@Suite struct CapacityTests {
    @Test func manyAtOnce() async throws {
        try await TestServer.with(.http("200 OK", body: "ok")) { server in
            let probe = try HTTPProbe(.init(url: "http://localhost:\(server.port)/"), resources: Fixture.resources)
            let threads = Self.count("task")
            let up = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<2_000 {
                    if index >= 100 { _ = await group.next() }
                    group.addTask { await probe.run(timeout: patience).status == .up }
                }
                return await group.reduce(true) { $0 && $1 }
            }
            #expect(up)
            // A thread for each probe would be a hundred more; other tests start some of their own.
            #expect(Self.count("task") < threads + 50)
            #expect(server.received.count == 2_000)
        }
    }

    private static func count(_ folder: String) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)").count) ?? 0
    }
}
