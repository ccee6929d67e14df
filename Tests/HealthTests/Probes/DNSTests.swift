// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the DNS probe and client against a server that answers well and badly.

import TestSupport
import Testing

@testable import Health

@Suite struct DNSTests {
    private func probe(
        _ port: Int,
        _ type: DNSRecordType = .a,
        name: String = "a.test",
        _ expectations: Expectations = Expectations()
    ) throws -> DNSProbe {
        var target = DNSProbe.Target(name: name, type: type, server: DNSServer(host: "127.0.0.1", port: port))
        target.expectations = expectations
        return try DNSProbe(target, resources: Fixture.resources)
    }

    private static let records: DNSTestServer.Answer = { query, _ in
        let data: [[UInt8]] =
            switch DNSBytes.type(query) {
            case 1: [[10, 0, 0, 1], [10, 0, 0, 2]]
            case 28: [[0xFD, 0] + [UInt8](repeating: 0, count: 13) + [1]]
            case 5, 2, 12: [DNSBytes.name("www")]
            case 15: [[0, 10] + DNSBytes.name("mail")]
            case 16: [[3] + Array("a=b".utf8) + [1] + Array("c".utf8)]
            case 33: [[0, 1, 0, 5, 0x1F, 0x90] + DNSBytes.name("x"), [0, 0, 0, 5, 0, 80] + DNSBytes.name("y")]
            default: []
            }
        // A record of another type comes along, as with aliases.
        let alias: (UInt16, [UInt8]) = DNSBytes.type(query) == 5 ? (1, [1, 2, 3, 4]) : (5, DNSBytes.name("alias"))
        return [DNSBytes.answer(query, [alias] + data.map { (DNSBytes.type(query), $0) })]
    }

    @Test(
        arguments: [
            (DNSRecordType.a, "10.0.0.2", 2), (.aaaa, "fd00::1", 1), (.cname, "www.a.test", 1), (.ns, "www.a.test", 1),
            (.mx, "10 mail.a.test", 1), (.txt, "a=bc", 1), (.srv, "1 5 8080 x.a.test", 2),
        ]
    )
    func types(_ type: DNSRecordType, _ answer: String, _ count: Int) async throws {
        try await DNSTestServer.with(Self.records) { server in
            let wanted = try conditions("answers contains \(answer)", "count == \(count)", "rcode == NOERROR")
            let result = try await probe(server.port, type, wanted).run(timeout: patience)
            #expect(result.status == .up, "\(result)")
        }
    }

    private func probe(_ port: Int, _ type: DNSRecordType, _ expectations: Expectations) throws -> DNSProbe {
        try probe(port, type, name: "a.test", expectations)
    }

    @Test func reverse() async throws {
        let seen: DNSTestServer.Answer = { query, _ in
            var offset = 12
            let name = try? DNSName(query, at: &offset)
            return [DNSBytes.answer(query, [(12, (name?.wire ?? [0]))])]
        }
        try await DNSTestServer.with(seen) { server in
            for (address, name) in [
                ("10.1.2.3", "3.2.1.10.in-addr.arpa"),
                ("fd00::1", "1.\(String(repeating: "0.", count: 27))0.0.d.f.ip6.arpa"),
            ] {
                let wanted = try conditions("answers contains \(name)")
                let result = try await probe(server.port, .ptr, name: address, wanted).run(timeout: patience)
                #expect(result.status == .up, "\(result)")
            }
        }
    }

    @Test func errorsOfTheServer() async throws {
        try await DNSTestServer.with({ query, _ in [DNSBytes.answer(query, [], rcode: 3)] }) { server in
            let result = try await probe(server.port).run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "expected rcode == NOERROR, found \"NXDOMAIN\" (and 1 more)")
            let wanted = try conditions("rcode == NXDOMAIN")
            #expect(try await probe(server.port, .a, wanted).run(timeout: patience).status == .up)
        }
        try await DNSTestServer.with({ query, _ in [DNSBytes.answer(query, [])] }) { server async throws in
            #expect(try await probe(server.port).run(timeout: patience).reason == "expected count > 0, found 0")
        }
    }

    @Test func strangersAreIgnored() async throws {
        let answer: DNSTestServer.Answer = { query, _ in
            var other = query
            other[0] ^= 1
            var question = query
            question[13] = UInt8(ascii: "z")
            let lie: [(type: UInt16, data: [UInt8])] = [(1, [6, 6, 6, 6])]
            return [
                DNSBytes.answer(other, lie), DNSBytes.answer(question, lie), [1, 2, 3], query,
                DNSBytes.answer(query, [(1, [10, 0, 0, 1])]),
            ]
        }
        try await DNSTestServer.with(answer) { server in
            let wanted = try conditions("answers contains 10.0.0.1", "answers not_contains 6.6.6.6")
            let result = try await probe(server.port, .a, wanted).run(timeout: patience)
            #expect(result.status == .up, "\(result)")
        }
    }

    @Test func truncatedAnswersComeOverTCP() async throws {
        let answer: DNSTestServer.Answer = { query, isTCP in
            guard isTCP else { return [DNSBytes.answer(query, [], truncated: true)] }
            return [DNSBytes.answer(query, (1...200).map { (1, [10, 0, 0, UInt8($0)]) })]
        }
        try await DNSTestServer.with(answer) { server in
            let result = try await probe(server.port, .a, try conditions("count == 200")).run(timeout: patience)
            #expect(result.status == .up, "\(result)")
        }
    }

    @Test func malformed() async throws {
        let loop: DNSTestServer.Answer = { query, _ in
            let end = UInt8(query.count + 12)
            return [DNSBytes.answer(query, [(5, [0xC0, end])])]
        }
        try await DNSTestServer.with(loop) { server in
            let result = try await probe(server.port, .cname).run(timeout: patience)
            #expect(result.status == .down)
            #expect(result.reason == "malformed DNS answer: a compressed name loops")
        }
        try await DNSTestServer.with({ query, _ in [DNSBytes.answer(query, [(1, [1, 2])])] }) { server in
            let result = try await probe(server.port).run(timeout: patience)
            #expect(result.reason == "malformed DNS answer: an address has the wrong length")
        }
        try await DNSTestServer.with({ query, _ in [Array(DNSBytes.answer(query, [(1, [1, 2, 3, 4])]).dropLast(2))] }) {
            server in
            let result = try await probe(server.port).run(timeout: patience)
            #expect(result.reason == "malformed DNS answer: a record runs over the end")
        }
    }

    @Test func noServer() async throws {
        let result = try await probe(try await Fixture.closedPort()).run(timeout: patience)
        #expect(result.status == .down)
        #expect(result.reason == "connection refused")
        try await DNSTestServer.with({ _, _ in [] }) { server in
            let silent = await Fixture.late(try probe(server.port))
            #expect(silent.status == .down)
            #expect(silent.reason == "timed out after 300ms waiting for the answer")
        }
    }

    @Test func lostDatagramsAreSentAgain() async throws {
        let count = Counter()
        try await DNSTestServer.with({ query, _ in
            count.next() < 2 ? [] : [DNSBytes.answer(query, [(1, [1, 2, 3, 4])])]
        }) {
            server in
            let result = try await probe(server.port).run(timeout: .seconds(3))
            #expect(result.status == .up, "\(result)")
        }
    }

    @Test func discovery() async throws {
        try await DNSTestServer.with(Self.records) { server in
            let client = DNSClient(resources: Fixture.resources)
            let place = DNSServer(host: "127.0.0.1", port: server.port)
            #expect(
                try await client.addresses(of: "a.test", server: place, timeout: patience) == [
                    "10.0.0.1", "10.0.0.2", "fd00::1",
                ]
            )
            let services = try await client.services(of: "_http._tcp.a.test", server: place, timeout: patience)
            #expect(services.map(\.port) == [80, 8_080])
            #expect(services.first?.host == "y._http._tcp.a.test")
        }
        try await DNSTestServer.with({ query, _ in [DNSBytes.answer(query, [], rcode: 3)] }) { server in
            let client = DNSClient(resources: Fixture.resources)
            let place = DNSServer(host: "127.0.0.1", port: server.port)
            let error = await #expect(throws: DNSError.self) { try await client.addresses(of: "a.test", server: place) }
            #expect(error?.rcode == "NXDOMAIN")
        }
    }

    @Test func namesAndServersAreChecked() throws {
        #expect(DNSName("a..b") == nil)
        #expect(DNSName(String(repeating: "a", count: 64)) == nil)
        #expect(DNSName("a.b.")?.description == "a.b")
        #expect(DNSName(Array(repeating: String(repeating: "a", count: 63), count: 4).joined(separator: ".")) == nil)
        #expect(throws: ProbeConfigurationError.self) { try probe(53, name: "a..b") }
        #expect(try DNSServer("[::1]:5353") == DNSServer(host: "::1", port: 5_353))
        #expect(try DNSServer("fd00::2") == DNSServer(host: "fd00::2"))
        #expect(try DNSServer("10.0.0.1:5300") == DNSServer(host: "10.0.0.1", port: 5_300))
        #expect(try DNSServer("10.0.0.1") == DNSServer(host: "10.0.0.1", port: 53))
        #expect(throws: ProbeConfigurationError.self) { try DNSServer("10.0.0.1:x") }
        let file = "# c\nnameserver 10.0.0.1\nsearch x\n nameserver  fd00::2 # y\nnameserver a\nnameserver b\n"
        #expect(DNSServer.parse(file).map(\.host) == ["10.0.0.1", "fd00::2", "a"])
    }

    @Test func anyBytesAreReadOrRefused() throws {
        var random = SystemRandomNumberGenerator()
        let question = try #require(DNSClient.question("a.test", .a))
        let good = DNSBytes.answer(question.wire(id: 7), [(1, [1, 2, 3, 4]), (5, DNSBytes.name("w"))])
        var read = 0
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 2..<bytes.count, using: &random)] = .random(in: 0 ... .max, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...3, using: &random))
            if let message = try? DNSMessage(bytes, id: 7, question: question), message.rcode == 0 { read += 1 }
        }
        #expect(read > 0)
        #expect(try DNSMessage(good, id: 7, question: question)?.answers.count == 2)
    }
}
