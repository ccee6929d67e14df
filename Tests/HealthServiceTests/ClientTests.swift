// SPDX-License-Identifier: Apache-2.0
// Martlet: whom a request is counted to.

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
}
