// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of subscriptions.

import NIOCore
import Redis
import TestSupport
import Testing

@Suite(.enabled(if: TestRedis.sharedURL != nil, needsSharedServer), .timeLimit(.minutes(3)))
struct RedisSubscriberTests {
    @Test func channelsAndPatterns() async throws {
        try await withSharedClient { client, prefix in
            let subscription = client.makeSubscriber().subscribe(
                [prefix + "a", prefix + "b"],
                patterns: [prefix + "p*"]
            )
            var events = subscription.makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            for name in ["a", "b", "other", "p1"] {
                try await client.publish(prefix + name, ByteBuffer(string: "to \(name)"))
            }
            for name in ["a", "b", "p1"] {
                #expect(
                    await events.next() == .message(channel: prefix + name, payload: ByteBuffer(string: "to \(name)"))
                )
            }
        }
    }

    @Test func slowReaderLosesTheOldestAndIsTold() async throws {
        try await withSharedClient { client, prefix in
            var events = client.makeSubscriber().subscribe([prefix + "a"], bufferLimit: 10).makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            for number in 0..<100 { try await client.publish(prefix + "a", ByteBuffer(string: "\(number)")) }
            // Nothing is left in the server's output buffers, so the messages are at our side, more than we keep.
            try await eventually("the server has written everything") {
                let list = try await client.send(RedisCommand("CLIENT", "LIST", "TYPE", "pubsub")).string ?? ""
                return !list.split(separator: "\n").contains {
                    $0.contains("martlet-subscriber") && !$0.contains("omem=0 ")
                }
            }
            var dropped = 0
            var seen: [String] = []
            while seen.last != "99" {
                switch await events.next() {
                case .overflowed(let count): dropped += count
                case .message(_, let payload): seen.append(String(buffer: payload))
                case .subscribed, .resubscribed, nil: Issue.record("unexpected event")
                }
            }
            #expect(dropped > 0 && dropped + seen.count == 100)
        }
    }

    @Test func cancellationEndsTheSequence() async throws {
        try await withSharedClient { client, prefix in
            let reader = Task {
                var count = 0
                for await _ in client.makeSubscriber().subscribe([prefix + "a"]) { count += 1 }
                return count
            }
            try await eventually("the subscription is there") {
                try await client.send(RedisCommand("PUBSUB", "NUMSUB", prefix + "a")).array?.last?.int == 1
            }
            reader.cancel()
            #expect(await reader.value <= 1)
            try await eventually("the connection is closed") {
                try await client.send(RedisCommand("PUBSUB", "NUMSUB", prefix + "a")).array?.last?.int == 0
            }
        }
    }

    @Test(.enabled(if: TestRedis.executable != nil, needsOwnServer)) func resubscribesAfterARestart() async throws {
        let server = try await TestRedis.spawn()
        try await withClient(testConfiguration(server.url)) { client in
            var events = client.makeSubscriber().subscribe(["a"]).makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            server.kill9()
            try await server.start()
            #expect(await events.next() == .resubscribed)
            try await eventually("the message gets through") {
                (try? await client.publish("a", ByteBuffer(string: "x"))) == 1
            }
            #expect(await events.next() == .message(channel: "a", payload: ByteBuffer(string: "x")))
        }
    }

    @Test(.enabled(if: TestRedis.executable != nil, needsOwnServer)) func stoppedServerIsNoticed() async throws {
        let server = try await TestRedis.spawn()
        var configuration = try testConfiguration(server.url)
        configuration.heartbeatInterval = .milliseconds(100)
        configuration.connectTimeout = .milliseconds(300)
        try await withClient(configuration) { client in
            var events = client.makeSubscriber().subscribe(["a"]).makeAsyncIterator()
            #expect(await events.next() == .subscribed)
            server.pause()
            async let next = events.next()
            // The idle client notices as well, by its own heartbeat.
            try await eventually("the client notices") { !client.isConnected }
            server.resume()
            #expect(await next == .resubscribed)
        }
    }
}
