// SPDX-License-Identifier: Apache-2.0
// Martlet: bodies of exports, decoded by the official messages of OpenTelemetry.
import FoundationEssentials
import Testing
import Tracing

@testable import Platform

@Suite struct OTLPRequestTests {
    private static let variable = "MARTLET_TEST_OTLP_PYTHON"

    @Test(.enabled(if: PythonTool.named(variable) != nil, "\(variable) is not set"))
    func theOfficialLibraryReadsEveryField() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of spans: \(seed)")
        var fuzz = SpanFuzz(seed: seed)
        let folder = try TemporaryFolder()
        var arguments: [String] = []
        for index in 0..<20 {
            let spans = (0..<Int.random(in: 1...60, using: &fuzz.generator)).map { _ in fuzz.span() }
            let resource = OTLPResource.attributes(service: "t\"é", given: [("k", "v"), ("service.version", "")])
            let body = OTLPRequest.body(spans, resource: resource)
            try Data(body).write(to: URL(filePath: "\(folder.path)/\(index).bin"))
            let wanted = try folder.write("\(index).json", OTLPWanted.json(spans, resource: resource))
            arguments += ["'\(folder.path)/\(index).bin'", "'\(wanted)'"]
        }
        let python = PythonTool.named(Self.variable)
        try PythonTool.run("check_otlp.py", python, arguments.joined(separator: " "), in: folder)
    }

    @Test func bytesOfASmallSpan() throws {
        // Worked out by hand from the encoding's description, so that the form is checked without Python too.
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.unsigned(1, 300)
            writer.unsigned(2, 0)
            writer.string(3, "ab")
            writer.fixed32(16, 1)
            writer.words(4, 0x0102_0304_0506_0708)
            writer.presentFixed64(7, 2)
            writer.message(15) { _ in }
        }
        #expect(
            writer.bytes == [
                0x0A, 34, 0x08, 0xAC, 0x02, 0x1A, 2, 0x61, 0x62, 0x85, 0x01, 1, 0, 0, 0, 0x22, 8, 1, 2, 3, 4, 5, 6, 7,
                8,
                0x39, 2, 0, 0, 0, 0, 0, 0, 0, 0x7A, 0,
            ]
        )
        // A length of two bytes pushes the content on.
        writer = ProtobufWriter()
        writer.message(2) { $0.string(1, String(repeating: "x", count: 200)) }
        #expect(writer.bytes.prefix(6) == [0x12, 0xCB, 0x01, 0x0A, 0xC8, 0x01] && writer.bytes.count == 206)
    }
}
