// SPDX-License-Identifier: Apache-2.0
// Martlet: random texts, whole and damaged, through the scanner and through the reference; both must agree on every one.

import TestSupport
import NIOCore
import Testing

@testable import Web

@Suite struct JSONFuzzTests {
    @Test func scannerAgreesWithReference() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("JSONFuzzTests seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var (accepted, refused) = (0, 0)
        for round in 0..<6_000 {
            var bytes: [UInt8] = []
            Self.write(depth: 0, &generator, into: &bytes)
            if round % 3 != 0 { Self.damage(&bytes, &generator) }
            let expected = ReferenceJSON.parse(bytes)
            let text = "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))"
            var scanner = JSONScanner(bytes)
            let skipped = Result { () throws(JSONFault) in
                try scanner.skipValue()
                try scanner.finish()
            }
            let walked = Result { () throws(JSONFault) in try ReferenceJSON.Value(walking: bytes) }
            switch (expected, skipped, walked) {
            case (let expected?, .success, .success(let value)):
                accepted += 1
                #expect(value == expected, "\(text)")
            case (nil, .failure(let fault), .failure):
                refused += 1
                #expect((0...bytes.count).contains(fault.offset), "\(text)")
            default: Issue.record("disagreement: \(text)")
            }
        }
        // The mutations must do something, and not everything.
        #expect(accepted > 2_000)
        #expect(refused > 1_000)
    }

    @Test func writtenStringsAreReadBack() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("JSONFuzzTests.writtenStrings seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...20, using: &generator) { text.append(Self.scalar(&generator)) }
            var json = JSONWriter()
            json.string(String(text))
            var scanner = JSONScanner(Array(json.buffer.readableBytesView))
            let token = try scanner.stringToken()
            try scanner.finish()
            #expect(scanner.string(token) == String(text), "seed \(seed)")
        }
    }

    private static func pick<Element>(_ choices: [Element], _ generator: inout SeededGenerator) -> Element {
        choices[Int.random(in: choices.indices, using: &generator)]
    }

    private static func scalar(_ generator: inout SeededGenerator) -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [0...0x7F, 0...0x2F, 0x80...0x7FF, 0x800...0xFFFF, 0x10000...0x10FFFF]
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        return Unicode.Scalar(UInt32.random(in: range, using: &generator)) ?? "?"
    }

    private static func write(depth: Int, _ generator: inout SeededGenerator, into bytes: inout [UInt8]) {
        space(&generator, into: &bytes)
        switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &generator) {
        case 0: bytes += Array(Self.pick(["true", "false", "null"], &generator).utf8)
        case 1, 2:
            let numbers = ["0", "-0", "17", "-3.25", "1e5", "2E-7", "99999999999999999999", "0.5e+1"]
            bytes += Array(Self.pick(numbers, &generator).utf8)
        case 3, 4: string(&generator, into: &bytes)
        case 5:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<Int.random(in: 0...4, using: &generator) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(depth: depth + 1, &generator, into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        default:
            bytes.append(UInt8(ascii: "{"))
            for index in 0..<Int.random(in: 0...4, using: &generator) {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                space(&generator, into: &bytes)
                string(&generator, into: &bytes)
                space(&generator, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(depth: depth + 1, &generator, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        space(&generator, into: &bytes)
    }

    private static func string(_ generator: inout SeededGenerator, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for _ in 0..<Int.random(in: 0...24, using: &generator) {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                bytes += Array(
                    Self.pick(["\\n", "\\\\", "\\\"", "\\/", "\\u00e9", "\\ud83d\\ude00"], &generator).utf8
                )
            case 1:
                let scalar = scalar(&generator)
                if scalar.value >= 0x20, scalar != "\"", scalar != "\\" { bytes += Array(String(scalar).utf8) }
            default: bytes.append(UInt8.random(in: 0x61...0x7A, using: &generator))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func space(_ generator: inout SeededGenerator, into bytes: inout [UInt8]) {
        if Int.random(in: 0..<4, using: &generator) == 0 {
            bytes.append(Self.pick([0x20, 0x09, 0x0A, 0x0D], &generator))
        }
    }

    private static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            let signs = Array("{}[]\",:\\0-.eEtfnu \u{1}\u{7f}".utf8) + [0x80, 0xC3, 0xED, 0xFF]
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes.remove(at: index)
            case 1: bytes.insert(Self.pick(signs, &generator), at: index)
            case 2: bytes[index] = Self.pick(signs, &generator)
            default: bytes.removeSubrange(index...)
            }
        }
    }
}
