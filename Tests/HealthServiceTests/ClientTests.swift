// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a request is counted to.

import Platform
import Synchronization
import Testing

@testable import HealthService

@Suite struct ClientTests {
    @Test func eachClientHasABucketAndOneNetworkOfIPv6Shares() {
        let start = ContinuousClock.now
        let limiter = ClientLimiter(rate: 1, burst: 2, now: { start })
        #expect([1, 2, 3].map { _ in limiter.take("192.0.2.1") == nil } == [true, true, false])
        #expect(limiter.take("192.0.2.2") == nil)
        #expect(limiter.take("2001:db8::1") == nil && limiter.take("2001:db8::2") == nil)
        #expect(limiter.take("2001:db8::3") != nil && limiter.take("2001:db8:0:1::1") == nil)
        #expect(limiter.take(nil) == nil && limiter.take("nonsense") == nil && limiter.take(nil) != nil)
    }

    @Test func strangersBeyondTheBoundShareOneBucket() {
        let start = ContinuousClock.now
        let limiter = ClientLimiter(rate: 1, burst: 1, now: { start })
        for number in 0..<ClientLimiter.mostClients {
            #expect(limiter.take("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)") == nil)
        }
        #expect(limiter.take("192.0.2.1") == nil)
        #expect(limiter.take("192.0.2.2") != nil, "the common bucket is empty")
        #expect(limiter.take("10.0.0.0") != nil, "who had one keeps it")
    }

    /// A crowd of strangers must not have all buckets looked through for each of their requests.
    @Test func fullBucketsAreSweptOnceASecond() {
        let start = ContinuousClock.now
        let clock = Mutex(start)
        let limiter = ClientLimiter(rate: 10, burst: 1, now: { clock.withLock { $0 } })
        for number in 0..<ClientLimiter.mostClients {
            #expect(limiter.take("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)") == nil)
        }
        #expect(limiter.take("192.0.2.1") == nil, "the first sweep finds nothing")
        clock.withLock { $0 = start + .milliseconds(500) }
        #expect(limiter.take("192.0.2.2") == nil && limiter.take("192.0.2.3") != nil, "they share one")
        clock.withLock { $0 = start + .milliseconds(1_001) }
        #expect(limiter.take("192.0.2.4") == nil && limiter.take("192.0.2.5") == nil, "there is room again")
    }

    @Test(arguments: [
        ("192.0.2.1", [], "192.0.2.1"), ("::ffff:192.0.2.1", [], "192.0.2.1"), ("2001:db8::1", [], "2001:db8::1"),
        // A peer that is not trusted may claim what it likes.
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"), ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, ::ffff:10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"), ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"), ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", ["198.51.100.7", "198.51.100.1:1 , 10.0.0.2:80"], "198.51.100.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1, _hidden"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1:x"], "10.0.0.1"), ("10.0.0.1", ["[2001:db8::1"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
    ])
    func aClientIsKnownBehindProxies(peer: String, forwarded: [String], client: String) throws {
        let proxies = [try #require(AddressBlock("10.0.0.0/8"))]
        #expect(ClientAddress.of(peer: peer, forwarded: forwarded, trusting: proxies) == client)
    }
}
