// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of blocking reads.

import NIOCore
import Redis
import TestSupport
import Testing

@Suite(.enabled(if: TestRedis.sharedURL != nil, needsSharedServer)) struct RedisBlockingTests {
    private let field = [StreamEntry.Field(name: ByteBuffer(string: "a"), value: ByteBuffer(string: "b"))]

    @Test func waitsForAnEntry() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let reader = client.makeBlockingReader()
            defer { reader.close() }
            async let read = reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 5, block: patience)
            try await waitUntilBlocked(reader, client)
            let id = try await client.xadd(key, fields: field)
            #expect(try await read[key]?.map(\.id) == [try #require(id)])
            // Nothing more comes: the answer is empty, and the connection stays.
            let clientID = reader.clientID
            let none = try await reader.xreadgroup(
                group: "g",
                consumer: "c",
                keys: [key],
                count: 5,
                block: .milliseconds(5)
            )
            #expect(none.isEmpty && reader.clientID == clientID)
        }
    }

    @Test func anotherConnectionEndsTheWait() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let reader = client.makeBlockingReader()
            defer { reader.close() }
            let clientID = try #require(try await reader.connect())
            #expect(try await !client.unblock(clientID: clientID))
            async let read = reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 5, block: .seconds(30))
            try await waitUntilBlocked(reader, client)
            #expect(try await client.unblock(clientID: clientID))
            #expect(try await read.isEmpty)
            #expect(reader.clientID == clientID)
        }
    }

    @Test func groupThatVanishesIsAnError() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let reader = client.makeBlockingReader()
            defer { reader.close() }
            async let failure = redisError { () throws(RedisError) in
                try await reader.xreadgroup(group: "g", consumer: "c", keys: [key], count: 5, block: .seconds(30))
            }
            try await waitUntilBlocked(reader, client)
            try await client.del([key])
            #expect(try await failure.code == .server)
        }
    }

    @Test func oneCommandAtATimeAndCancellationDiscardsTheConnection() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "s"
            try await client.xgroupCreate(key, group: "g")
            let reader = client.makeBlockingReader()
            defer { reader.close() }
            let before = try #require(try await reader.connect())
            try await withThrowingTaskGroup(of: RedisError.self) { group in
                group.addTask {
                    try await redisError { () throws(RedisError) in
                        try await reader.xreadgroup(
                            group: "g",
                            consumer: "c",
                            keys: [key],
                            count: 5,
                            block: .seconds(30)
                        )
                    }
                }
                try await waitUntilBlocked(reader, client)
                let busy = try await redisError { () throws(RedisError) in
                    try await reader.send(RedisCommand("PING", "a"), timeout: .seconds(1))
                }
                #expect(busy.code == .overloaded)
                group.cancelAll()
                #expect(try await group.next()?.code == .cancelled)
            }
            #expect(reader.clientID == nil)
            // The server must have let the reader go, or it would swallow the entry.
            try await eventually("the blocked reader is gone") {
                try await client.send(RedisCommand("CLIENT", "LIST", "ID", "\(before)")).string?.isEmpty == true
            }
            let id = try #require(try await client.xadd(key, fields: field))
            let read = try await reader.xreadgroup(
                group: "g",
                consumer: "c2",
                keys: [key],
                count: 5,
                block: patience
            )
            #expect(read[key]?.map(\.id) == [id])
        }
    }

    @Test func closedReaderRefuses() async throws {
        try await withSharedClient { client, _ in
            let reader = client.makeBlockingReader()
            reader.close()
            let error = try await redisError { () throws(RedisError) in
                try await reader.send(RedisCommand("PING", "a"), timeout: .seconds(1))
            }
            #expect(error.code == .unavailable)
        }
    }

    @Test(.enabled(if: TestRedis.executable != nil, needsOwnServer))
    func stoppedServerTimesOutAndTheConnectionIsNotReused() async throws {
        let server = try await TestRedis.spawn()
        _ = try await withClient(testConfiguration(server.url)) { try await $0.xgroupCreate("s", group: "g") }
        try await withClient(testConfiguration(server.url, commandTimeout: .milliseconds(300))) { client in
            let reader = client.makeBlockingReader()
            let before = try await reader.connect()
            server.pause()
            let error = try await redisError { () throws(RedisError) in
                try await reader.xreadgroup(group: "g", consumer: "c", keys: ["s"], count: 1, block: .milliseconds(100))
            }
            #expect(error.code == .timeout && error.isOutcomeUnknown)
            #expect(reader.clientID == nil)
            server.resume()
            let pong = try await reader.send(RedisCommand("PING", "again"), timeout: patience)
            #expect(pong.string == "again")
            #expect(reader.clientID != nil && reader.clientID != before)
        }
    }

    private func waitUntilBlocked(_ reader: RedisBlockingConnection, _ client: RedisClient) async throws {
        try await eventually("the reader blocks") {
            guard let id = reader.clientID else { return false }
            let list = try await client.send(RedisCommand("CLIENT", "LIST", "ID", "\(id)")).string ?? ""
            return list.contains("flags=b")
        }
    }
}
