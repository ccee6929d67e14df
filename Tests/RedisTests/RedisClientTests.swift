// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the shared client against a healthy server.

import NIOCore
import Redis
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestRedis.sharedURL != nil, needsSharedServer)) struct RedisClientTests {
    @Test func thousandConcurrentCallersGetTheirOwnReplies() async throws {
        try await withSharedClient { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        for round in 0..<5 {
                            let text = "\(number)-\(round)"
                            let reply = try await client.send(RedisCommand("ECHO", text))
                            #expect(reply.string == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(client.epoch == 1)
            #expect(client.statistics.commandsInFlight == 0 && client.statistics.bytesInFlight == 0)
        }
    }

    @Test func oneCallersCommandsRunInOrder() async throws {
        try await withSharedClient { client, prefix in
            let replies = try await client.pipeline((1...500).map { _ in RedisCommand("INCR", prefix + "n") })
            #expect(replies == (1...500).map { .integer($0) })
        }
    }

    @Test func errorsStayInsideAPipelineAndAreThrownBySend() async throws {
        try await withSharedClient { client, prefix in
            try await client.set(prefix + "text", "abc")
            let replies = try await client.pipeline([
                RedisCommand("GET", prefix + "text"), RedisCommand("LPUSH", prefix + "text", "x"),
                RedisCommand("PING", "still"),
            ])
            #expect(replies[0].string == "abc")
            #expect(replies[1].serverError?.serverPrefix == "WRONGTYPE")
            #expect(replies[2].string == "still")
            let error = try await redisError { () throws(RedisError) in
                try await client.send(RedisCommand("LPUSH", prefix + "text", "x"))
            }
            #expect(error.code == .server && error.serverPrefix == "WRONGTYPE")
            #expect(try await client.pipeline([]).isEmpty)
        }
    }

    @Test func callsAreReported() async throws {
        var configuration = try testConfiguration(try #require(TestRedis.sharedURL))
        let calls = Mutex<[String]>([])
        configuration.onCall = { command, elapsed, error in
            calls.withLock { $0.append("\(command) \(elapsed > .zero) \(error?.serverPrefix ?? "-")") }
        }
        try await withClient(configuration) { client in
            _ = try await client.pipeline([RedisCommand("ECHO", "a"), RedisCommand("NOSUCH")])
            _ = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("NOSUCH")) }
        }
        #expect(calls.withLock { $0 } == ["ECHO true -", "NOSUCH true ERR"])
    }

    @Test func keysRoundTrip() async throws {
        try await withSharedClient { client, prefix in
            let key = prefix + "k"
            #expect(try await client.get(key) == nil)
            #expect(try await client.set(key, "1", condition: .ifMissing, expiry: .seconds(60)))
            #expect(try await !client.set(key, "2", condition: .ifMissing))
            #expect(try await client.set(key, ByteBuffer(bytes: [0, 255, 13, 10]), condition: .ifPresent))
            #expect(try await client.get(key) == ByteBuffer(bytes: [0, 255, 13, 10]))
            try await client.set(key, "3", expiry: .milliseconds(59_999.5.rounded()))
            let left = try await client.send(RedisCommand("PTTL", key)).int ?? 0
            #expect((1...60_000).contains(left))
            #expect(try await client.del([key, prefix + "none"]) == 1)
            #expect(try await client.unlink([key]) == 0)
            #expect(try await client.publish(prefix + "nobody", ByteBuffer(string: "x")) == 0)
        }
    }

    @Test func scriptsAreSentByHashAndLearntOnce() async throws {
        try await withSharedClient { client, prefix in
            // A source of its own, so that the server cannot know it yet.
            let script = RedisScript("return {KEYS[1], ARGV[1], '\(prefix)'}")
            let known = try await client.send(RedisCommand("SCRIPT", "EXISTS", script.sha1))
            #expect(known == .array([.integer(0)]))
            for _ in 0..<2 {
                let reply = try await client.eval(script, keys: [prefix + "a"], texts: ["b"])
                #expect(reply.array?.map(\.string) == [prefix + "a", "b", prefix])
            }
            #expect(try await client.send(RedisCommand("SCRIPT", "EXISTS", script.sha1)) == .array([.integer(1)]))
            let failing = RedisScript("return redis.error_reply('MYERR custom')")
            let error = try await redisError { () throws(RedisError) in try await client.eval(failing) }
            #expect(error.serverPrefix == "MYERR")
        }
    }

    @Test func bigValuesPass() async throws {
        try await withSharedClient { client, prefix in
            let big = ByteBuffer(repeating: 9, count: 20_000_000)
            try await client.set(prefix + "big", big)
            #expect(try await client.get(prefix + "big") == big)
        }
    }

    @Test func repliesBeyondTheBoundCloseTheConnection() async throws {
        var configuration = try testConfiguration(try #require(TestRedis.sharedURL))
        configuration.maxReplyBytes = 100_000
        try await withClient(configuration) { client in
            let script = RedisScript("return string.rep('x', 200000)")
            let error = try await redisError { () throws(RedisError) in try await client.eval(script) }
            #expect(error.code == .outcomeUnknown)
            #expect((error.cause as? RedisError)?.code == .protocolViolation)
            try await eventually("the client reconnects") { client.epoch == 2 && client.isConnected }
        }
    }

    @Test func firstCommandsWaitForTheConnection() async throws {
        // Without run() there never is a connection, so the wait must end by itself.
        var configuration = try testConfiguration(try #require(TestRedis.sharedURL))
        configuration.initialConnectWait = .milliseconds(50)
        let client = try RedisClient(configuration: configuration, logger: quietLogger)
        let start = ContinuousClock.now
        let error = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("PING", "a")) }
        #expect(error.code == .unavailable && error.isUnsent)
        #expect(start.duration(to: .now) >= .milliseconds(45))
        let again = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("PING", "a")) }
        #expect(again.code == .unavailable)
    }

    @Test func eventsBeginWithThePresentConnection() async throws {
        try await withSharedClient { client, _ in
            _ = try await client.send(RedisCommand("PING", "a"))
            let info = try await client.send(RedisCommand("INFO", "server")).string ?? ""
            var events = client.events().makeAsyncIterator()
            let first = await events.next()
            #expect(first == .connected(serverRunID: client.serverRunID, epoch: 1))
            let runID = try #require(client.serverRunID)
            #expect(runID.utf8.count == 40 && info.contains("run_id:\(runID)"))
        }
    }

    @Test func gracefulShutdownLetsCommandsFinish() async throws {
        var configuration = try testConfiguration(try #require(TestRedis.sharedURL))
        configuration.drainTimeout = .seconds(60)
        let client = try RedisClient(configuration: configuration, logger: quietLogger)
        let group = ServiceGroup(services: [client], logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            _ = try await client.send(RedisCommand("PING", "a"))
            // A command that is answered when this test says so, however slow the machine is.
            let key = "gate-\(UInt64.random(in: 0 ... .max))"
            async let reply = client.send(RedisCommand("BLPOP", key, "60"))
            try await eventually("the command is under way") { client.statistics.commandsInFlight > 0 }
            await group.triggerGracefulShutdown()
            try await withSharedClient { other, _ in _ = try await other.send(RedisCommand("RPUSH", key, "done")) }
            #expect(try await reply.array?.last?.string == "done")
            try await tasks.waitForAll()
        }
        let error = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("PING", "a")) }
        #expect(error.code == .unavailable)
        await #expect(throws: RedisError.self) { try await client.run() }
    }
}
