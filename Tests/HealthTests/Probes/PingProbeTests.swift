// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the ping probe on loopback addresses.

import Glibc
import NIOCore
import TestSupport
import Testing

@testable import Health

@Suite struct PingProbeTests {
    /// Whether this process may send ICMP; the kind of socket depends on the machine.
    static let isAllowed: Bool = {
        guard case .success(let socket) = PingSocket.open(isIPv6: false) else { return false }
        close(socket.descriptor)
        return true
    }()

    private func probe(_ host: String, count: Int = 3, _ expectations: Expectations = Expectations()) throws
        -> PingProbe
    {
        var target = PingProbe.Target(host: host, count: count)
        target.expectations = expectations
        return try PingProbe(target, resources: Fixture.resources)
    }

    @Test(.enabled(if: isAllowed, "this process may not send ICMP"), arguments: ["127.0.0.1", "::1", "localhost"])
    func replies(_ host: String) async throws {
        let wanted = try conditions("loss == 0", "count == 3", "latency < 5s")
        let result = try await probe(host, wanted).run(timeout: .seconds(10))
        #expect(result.status == .up, "\(result)")
    }

    private func probe(_ host: String, _ expectations: Expectations) throws -> PingProbe {
        try probe(host, count: 3, expectations)
    }

    @Test(.enabled(if: !isAllowed, "this process may send ICMP"))
    func saysWhatToAllow() async throws {
        let result = try await probe("127.0.0.1").run(timeout: patience)
        #expect(result.status == .unknown)
        #expect(result.reason == PingSocket.refusal)
    }

    @Test(.enabled(if: isAllowed, "this process may not send ICMP"))
    func nobodyAnswers() async throws {
        // The documentation's network: there is nobody, and mostly not even a route.
        let result = try await probe("2001:db8::1").run(timeout: Fixture.short)
        #expect(result.status == .down)
        let reason = try #require(result.reason)
        #expect(reason == "no reply to 3 echo requests within 300ms" || reason.contains("unreachable"), "\(reason)")
    }

    @Test func loss() throws {
        let some = EchoHandler.Tally(sent: 4, times: [.milliseconds(10), .milliseconds(30)])
        let strict = try probe("127.0.0.1", conditions("loss < 50")).judge(some, .seconds(1), .seconds(1))
        #expect(strict.status == .down)
        #expect(strict.reason == "expected loss < 50, found 50")
        #expect(strict.latency == .milliseconds(20))
        #expect(try probe("127.0.0.1").judge(some, .seconds(1), .seconds(1)).status == .up)
        let none = EchoHandler.Tally(sent: 3, times: [])
        let result = try probe("127.0.0.1").judge(none, .seconds(1), Fixture.short)
        #expect(result.status == .down)
        #expect(result.reason == "no reply to 3 echo requests within 300ms")
        #expect(try probe("127.0.0.1", conditions("loss == 100")).judge(none, .seconds(1), .seconds(1)).status == .up)
    }

    @Test func packets() {
        let message = EchoMessage(isIPv6: false, mark: 0x0102_0304_0506_0708)
        let request = message.request(5)
        // A packet with its own sum sums up to nothing.
        #expect(EchoMessage.checksum(request) == 0)
        var reply = request
        reply[0] = 0
        #expect(message.sequence(of: reply, isRaw: false) == 5)
        #expect(message.sequence(of: request, isRaw: false) == nil)
        let header = [0x46] + [UInt8](repeating: 0, count: 23)
        #expect(message.sequence(of: header + reply, isRaw: true) == 5)
        #expect(EchoMessage(isIPv6: false, mark: 1).sequence(of: reply, isRaw: false) == nil)
        for length in 0..<reply.count {
            #expect(message.sequence(of: Array(reply.prefix(length)), isRaw: false) == nil)
        }
        #expect(message.sequence(of: [], isRaw: true) == nil)
        #expect(message.sequence(of: [0x4F], isRaw: true) == nil)
    }

    @Test func badTargetsAreRefused() {
        #expect(throws: ProbeConfigurationError.self) { try probe("h", count: 0) }
        #expect(throws: ProbeConfigurationError.self) { try probe("h", count: 21) }
    }
}
