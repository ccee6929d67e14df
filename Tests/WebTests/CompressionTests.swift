// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of compressed answers: who gets them, and that what they hold is whole.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

@Suite struct CompressionTests {
    private static let long = Array(String(repeating: "the ship is in the harbour; ", count: 200).utf8)

    @Test(
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("br, gzip;q=0.5", true),
            ("gzip;q=0", false), ("gzip; q=0.000", false), ("gzip ; q = 1", true), ("gzip;q=nonsense", false),
            ("*", true), ("*;q=0", false), ("*, gzip;q=0", false), ("*;q=0, gzip", true), ("br", false),
            ("identity", false), ("gzipped", false), (",,;;,gzip", true),
        ] as [(String?, Bool)]
    )
    func whoTakesGzip(header: String?, takes: Bool) {
        #expect(AcceptEncoding.takesGzip(header) == takes)
    }

    @Test(arguments: [1_024, 1_025, 65_536, 1_000_003])
    func anotherProgramUnpacksIt(size: Int) throws {
        var seed: UInt64 = 7
        let bytes = (0..<size).map { _ -> UInt8 in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: seed >> 60) + 97
        }
        for level in [Int32(1), 6, 9] {
            let packed = try #require(Gzip.compress(ByteBuffer(bytes: bytes), level: level))
            #expect(packed.readableBytes < size)
            let unpacked = try Self.gunzip(packed)
            #expect(unpacked == bytes)
        }
    }

    @Test func whatGetsNoSmallerStaysAsItIs() {
        var random = SystemRandomNumberGenerator()
        let noise = (0..<5_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(Gzip.compress(ByteBuffer(bytes: noise), level: 9) == nil)
        #expect(Gzip.compress(ByteBuffer(), level: 6) == nil)
    }

    @Test func storedAnswersHaveTwoFormsAndOneTag() async throws {
        let answer = StoredAnswer(
            body: ByteBuffer(bytes: Self.long),
            type: "application/json",
            tag: "W/\"a\"",
            headers: [.cacheControl: "no-cache"]
        )
        let fixture = WebFixture { $0.add(.get, "/stored") { request, _ in answer.response(to: request) } }
        try await fixture.service.makeApplication().test(.router) { client in
            try await client.execute(uri: "/stored", method: .get) { response in
                #expect(Array(response.body.readableBytesView) == Self.long)
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.headers[.eTag] == "W/\"a\"")
            }
            try await client.execute(uri: "/stored", method: .get, headers: [.acceptEncoding: "gzip"]) { response in
                let unpacked = try Self.gunzip(response.body)
                #expect(unpacked == Self.long)
                #expect(response.headers[.contentEncoding] == "gzip")
                #expect(response.headers[.contentLength] == "\(response.body.readableBytes)")
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.headers[.eTag] == "W/\"a\"")
            }
            for tags in ["W/\"a\"", "\"a\"", "\"b\", W/\"a\" ", "*"] {
                let headers: HTTPFields = [.acceptEncoding: "gzip", .ifNoneMatch: tags]
                try await client.execute(uri: "/stored", method: .get, headers: headers) { response in
                    #expect(response.status == .notModified)
                    #expect(response.body.readableBytes == 0)
                    #expect(response.headers[.cacheControl] == "no-cache")
                }
            }
            try await client.execute(uri: "/stored", method: .get, headers: [.ifNoneMatch: "\"b\", a"]) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test func otherAnswersAreCompressedWhereTheServiceWantsIt() async throws {
        let fixture = WebFixture(compressesAnswers: true) { routes in
            routes.add(.get, "/long") { _, _ in .bytes(Self.long, type: "text/csv", headers: [.eTag: "\"x\""]) }
            routes.add(.get, "/short") { _, _ in .bytes(Array("short".utf8), type: "text/csv") }
            routes.add(.get, "/picture") { _, _ in .bytes(Self.long, type: "image/png") }
        }
        try await fixture.service.makeApplication().test(.router) { client in
            try await client.execute(uri: "/long", method: .get, headers: [.acceptEncoding: "gzip"]) { response in
                let unpacked = try Self.gunzip(response.body)
                #expect(unpacked == Self.long)
                #expect(response.headers[.contentLength] == "\(response.body.readableBytes)")
                #expect(response.headers[.eTag] == "W/\"x\"")
                #expect(response.headers[.vary] == "Accept-Encoding")
            }
            try await client.execute(uri: "/long", method: .get) { response in
                #expect(Array(response.body.readableBytesView) == Self.long)
                #expect(response.headers[.vary] == "Accept-Encoding")
            }
            for path in ["/short", "/picture"] {
                try await client.execute(uri: path, method: .get, headers: [.acceptEncoding: "gzip"]) {
                    #expect($0.headers[.contentEncoding] == nil)
                }
            }
        }
        let plain = WebFixture { $0.add(.get, "/long") { _, _ in .bytes(Self.long, type: "text/csv") } }
        try await plain.service.makeApplication().test(.router) { client in
            try await client.execute(uri: "/long", method: .get, headers: [.acceptEncoding: "gzip"]) {
                #expect($0.headers[.contentEncoding] == nil)
            }
        }
    }

    /// What Debian's own gzip makes of the bytes.
    private static func gunzip(_ bytes: ByteBuffer) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "martlet-\(UUID().uuidString).gz")
        try Data(bytes.readableBytesView).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let program = Process()
        program.executableURL = URL(filePath: "/bin/gzip")
        program.arguments = ["-dc", file.path]
        let output = Pipe()
        program.standardOutput = output
        try program.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        program.waitUntilExit()
        #expect(program.terminationStatus == 0)
        return Array(data)
    }
}
