// SPDX-License-Identifier: Apache-2.0
// Martlet: the lease in a real folder, with the real clocks.

import Glibc
import ObjectStore
import Synchronization
import Testing
import TestSupport

@testable import Recovery

@Suite("The lease in a folder")
struct FolderLeaseTests {
    private static let system = SystemID(42)

    /// Lends some stores over one new folder, as if each belonged to another process.
    private func with(_ count: Int, _ body: ([any ObjectStore]) async throws -> Void) async throws {
        let path = "/tmp/martlet-lease-\(UInt64.random(in: 0...UInt64.max))"
        defer { _ = try? TestRedis.run("/bin/rm", ["-rf", path]) }
        var stores: [any ObjectStore] = []
        for index in 0..<count { stores.append(try await DirectoryStore(folder: path, making: index == 0)) }
        try await body(stores)
        for store in stores { await store.close() }
    }

    private func request(_ store: any ObjectStore, _ name: String, lifetime: Duration) -> LeaseRequest {
        LeaseRequest(
            store: SystemStore(Self.system, in: store),
            holder: LeaseHolder(host: name, pid: getpid(), verb: "backup"),
            lifetime: lifetime,
            clock: .system
        )
    }

    @Test func manyRacersRunOneAfterTheOther() async throws {
        try await with(6) { stores in
            let runs = RunCount()
            await withTaskGroup(of: Void.self) { group in
                for (index, store) in stores.enumerated() {
                    group.addTask {
                        for _ in 0..<40 {
                            let request = request(store, "\(index)", lifetime: .seconds(60))
                            guard let lease = try? await request.acquire() else { continue }
                            runs.begin()
                            await Task.yield()
                            runs.end()
                            await lease.release()
                        }
                    }
                }
            }
            #expect(runs.most == 1)
            #expect(runs.all > 20)
            let left = try await stores[0].list(prefix: "", after: nil, limit: 1000).objects
            #expect(left.count <= 4, "\(left.map(\.key))")
        }
    }

    @Test func aDeadHoldersLeaseIsTakenOverByOne() async throws {
        try await with(8) { stores in
            let dead = try await request(stores[0], "dead", lifetime: .seconds(1)).acquire()
            let refused = await failure { try await request(stores[1], "early", lifetime: .seconds(60)).acquire() }
            #expect(refused?.code == .locked)
            #expect(refused?.message.contains("backup on dead") == true)
            try await Task.sleep(for: .seconds(6.5))
            #expect(!dead.isHeld)
            let winners = await withTaskGroup(of: Bool.self) { group in
                for (index, store) in stores.enumerated() {
                    group.addTask {
                        (try? await request(store, "\(index)", lifetime: .seconds(60)).acquire()) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }
}

/// How many run at once, at most.
private final class RunCount: Sendable {
    private let state = Mutex((now: 0, most: 0, all: 0))

    var most: Int { state.withLock { $0.most } }
    var all: Int { state.withLock { $0.all } }

    func begin() {
        state.withLock { state in
            state.now += 1
            state.all += 1
            state.most = max(state.most, state.now)
        }
    }

    func end() { state.withLock { $0.now -= 1 } }
}
