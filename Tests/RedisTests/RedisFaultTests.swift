// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the client against servers that die, stop, refuse or talk nonsense.

import NIOCore
import NIOPosix
import Redis
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: TestRedis.executable != nil, needsOwnServer), .timeLimit(.minutes(4)))
struct RedisFaultTests {
    @Test func killedServerIsUnavailableAtOnceAndComesBackWithAnotherRunID() async throws {
        let server = try await TestRedis.spawn()
        var configuration = try testConfiguration(server.url)
        configuration.initialConnectWait = patience * 2
        try await withClient(configuration) { client in
            var events = client.events().makeAsyncIterator()
            guard case .connected(let firstRunID?, epoch: 1) = await events.next() else {
                Issue.record("no first connection")
                return
            }
            server.kill9()
            #expect(await events.next() == .disconnected(epoch: 1))
            let start = ContinuousClock.now
            let error = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("PING", "a"))
            }
            #expect(error.code == .unavailable)
            #expect(start.duration(to: .now) < patience)
            try await eventually("attempts fail and are counted") { client.statistics.failedConnects > 2 }
            try await server.start()
            guard case .connected(let secondRunID?, epoch: 2) = await events.next() else {
                Issue.record("no second connection")
                return
            }
            #expect(secondRunID != firstRunID && client.serverRunID == secondRunID && client.epoch == 2)
            #expect(try await client.send(RedisCommand("ECHO", "back")).string == "back")
        }
    }

    @Test func commandsInFlightOfAKilledServerHaveAnUnknownOutcome() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration(server.url)) { client in
            _ = try await client.send(RedisCommand("PING", "a"))
            server.pause()
            try await withThrowingTaskGroup(of: RedisError.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await redisError { () throws(RedisError) in try await client.send(RedisCommand("INCR", "n"))
                        }
                    }
                }
                try await eventually("all are under way") { client.statistics.commandsInFlight == 20 }
                server.kill9()
                for try await error in group {
                    // Bytes may not have left the queue when the connection broke.
                    #expect(error.isOutcomeUnknown || error.code == .connectionLost)
                }
            }
        }
    }

    @Test func stoppedServerIsNoticedWithinTheCommandTimeout() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration(server.url, commandTimeout: .milliseconds(300))) { client in
            try await eventually("the client connects") { client.isConnected }
            server.pause()
            let start = ContinuousClock.now
            let error = try await redisError { () throws(RedisError) in try await client.send(RedisCommand("INCR", "n"))
            }
            #expect(error.code == .outcomeUnknown && (error.cause as? RedisError)?.code == .timeout)
            #expect(start.duration(to: .now) >= .milliseconds(290))
            #expect(!client.isConnected)
            server.resume()
            try await eventually("the client reconnects") { client.isConnected && client.epoch == 2 }
        }
    }

    @Test func cancelledCallersLeaveTheConnectionAlone() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration(server.url)) { client in
            _ = try await client.send(RedisCommand("PING", "a"))
            server.pause()
            let callers = (0..<50).map { number in
                Task { () async -> Result<RedisValue, RedisError> in
                    do throws(RedisError) {
                        return .success(try await client.send(RedisCommand("ECHO", "\(number)")))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            try await eventually("all are under way") { client.statistics.commandsInFlight == 50 }
            for caller in callers.prefix(25) { caller.cancel() }
            for caller in callers.prefix(25) {
                let error = await #expect(throws: RedisError.self) { try await caller.value.get() }
                #expect(error?.code == .cancelled)
            }
            server.resume()
            for (number, caller) in callers.enumerated().dropFirst(25) {
                #expect(try await caller.value.get().string == "\(number)")
            }
            #expect(client.epoch == 1 && client.isConnected)
        }
    }

    /// After a failover a name leads elsewhere, and the demoted server may keep its connections.
    @Test func aServerThatBecameAReplicaIsLeft() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration(server.url)) { client in
            try await client.set("a", "1")
            _ = try await client.send(RedisCommand("REPLICAOF", "127.0.0.1", "1"))
            let error = try await redisError { () throws(RedisError) in try await client.set("a", "2") }
            #expect(error.serverPrefix == "READONLY")
            try await eventually("the client reconnects") { client.isConnected && client.epoch == 2 }
            #expect(try await client.get("a") == ByteBuffer(string: "1"))
        }
    }

    @Test func boundsOfWhatIsInFlight() async throws {
        let server = try await TestRedis.spawn()
        var configuration = try testConfiguration(server.url)
        configuration.maxCommandsInFlight = 10
        try await withClient(configuration) { client in
            _ = try await client.send(RedisCommand("PING", "a"))
            server.pause()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = try await client.send(RedisCommand("PING", "x")) } }
                try await eventually("the bound is reached") { client.statistics.commandsInFlight == 10 }
                let error = try await redisError { () throws(RedisError) in
                    try await client.send(RedisCommand("PING", "y"))
                }
                #expect(error.code == .overloaded && error.isUnsent)
                server.resume()
                try await group.waitForAll()
            }
            #expect(try await client.send(RedisCommand("ECHO", "z")).string == "z")
        }
    }

    @Test func firstCommandsWaitForAServerThatComesLate() async throws {
        let server = try TestRedis.idle()
        var configuration = try testConfiguration(server.url)
        configuration.initialConnectWait = patience * 2
        try await withClient(configuration) { client in
            async let reply = client.send(RedisCommand("ECHO", "late"))
            try await eventually("the first attempts fail") { client.statistics.failedConnects > 0 }
            try await server.start()
            #expect(try await reply.string == "late")
        }
    }

    @Test func cancelledCallersStopWaitingForTheFirstConnection() async throws {
        let server = try TestRedis.idle()
        var configuration = try testConfiguration(server.url)
        configuration.initialConnectWait = patience * 2
        try await withClient(configuration) { client in
            let caller = Task { try await client.send(RedisCommand("PING", "a")) }
            try await eventually("the first attempt fails") { client.statistics.failedConnects > 0 }
            caller.cancel()
            let error = await #expect(throws: RedisError.self) { try await caller.value }
            #expect(error?.code == .cancelled)
        }
    }

    @Test(arguments: ["!nonsense\r\n", "$99999999999\r\n", ":1\r\n:2\r\n"])
    func nonsenseClosesTheConnection(nonsense: String) async throws {
        // Answers the six commands of the handshake well and whatever follows with nonsense.
        let accepted = Atomic<Int>(0)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                accepted.add(1, ordering: .relaxed)
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(BadServer(nonsense: nonsense))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        try await withClient(testConfiguration("redis://127.0.0.1:\(port)")) { client in
            _ = try? await client.send(RedisCommand("PING", "a"))
            try await eventually("the client connects anew") { client.epoch >= 2 }
        }
        #expect(accepted.load(ordering: .relaxed) >= 2)
        try await channel.close()
    }
}

private final class BadServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let nonsense: String
    private var isFirst = true

    init(nonsense: String) { self.nonsense = nonsense }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = isFirst ? "+OK\r\n+PONG\r\n+OK\r\n:7\r\n$10\r\nrun_id:abc\r\n" : nonsense
        isFirst = false
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }
}
