// SPDX-License-Identifier: Apache-2.0
// Martlet: parts of objects, and checksums over them.
import TestSupport
import Crypto
import NIOCore
import Testing

@testable import ObjectStore

@Suite("Parts of objects")
struct S3PartTests {
    @Test("10,000 parts hold 5 TiB, none is larger than S3 takes, and memory stays that of the first parts")
    func plan() {
        let plan = S3PartPlan(first: 8 << 20)
        var (total, number) = (0, 0)
        while total < 5 << 40 {
            number += 1
            total += plan.size(number)
            #expect(plan.size(number) <= 5 << 30)
            #expect(plan.size(number) * plan.atOnce(number, most: 4) <= max(32 << 20, plan.size(number)))
        }
        print("5 TiB take \(number) parts, the last of \(plan.size(number) >> 20) MiB")
        #expect(number <= 10_000)
        #expect(plan.size(1) == 8 << 20 && plan.size(900) == 8 << 20 && plan.size(901) == 16 << 20)
        #expect(S3PartPlan(first: 1 << 30).size(10_000) == 5 << 30)
        // The smallest allowed still reaches S3's largest object.
        let least = S3PartPlan(first: 5 << 20)
        #expect((1...10_000).reduce(0) { $0 + least.size($1) } > 5 << 40)
    }

    @Test("What is written is cut at the parts' sizes, whatever the sizes of the writes", arguments: 0..<20)
    func cutting(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let first = Int.random(in: 10...50, using: &generator)
        var state = S3UploadState(plan: S3PartPlan(first: first))
        let bytes = testBytes(Int.random(in: 0...1000, using: &generator), seed: UInt64(seed) + 1)
        var (parts, start): ([S3UploadState.Part], Int) = ([], 0)
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...120, using: &generator))
            var rest = bytes[start..<end]
            while true {
                state.fill(&rest)
                if rest.isEmpty { break }
                parts.append(state.cut())
            }
            start = end
        }
        if state.hasRest { parts.append(state.cut()) }
        #expect(state.size == Int64(bytes.count), "seed \(seed)")
        #expect(parts.flatMap { Array($0.body.readableBytesView) } == bytes, "seed \(seed)")
        #expect(parts.dropLast().allSatisfy { $0.body.readableBytes == first })
        #expect(parts.map(\.number) == Array(1..<(parts.count + 1)))
        for part in parts { #expect(part.digest == PayloadDigest(of: Array(part.body.readableBytesView))) }
    }

    @Test("A checksum over parts is that of the parts' checksums, and finds each wrong byte")
    func check() throws {
        let bytes = testBytes(1000)
        var state = S3UploadState(plan: S3PartPlan(first: 300))
        var rest = bytes[...]
        while true {
            state.fill(&rest)
            if rest.isEmpty && !state.hasRest { break }
            let part = state.cut()
            state.receipts.append(.init(number: part.number, tag: "t", digest: part.digest))
        }
        let (_, checksum) = state.completion(.sha256)
        #expect(checksum.hasSuffix("-4"))
        for wrong in [nil, 0, 299, 300, 999] as [Int?] {
            var read = bytes
            if let wrong { read[wrong] ^= 1 }
            var check = try #require(S3BodyCheck(checksum: checksum, tag: nil, firstPart: 300))
            for start in stride(from: 0, to: 1000, by: 70) { check.update(read[start..<min(1000, start + 70)]) }
            #expect((check.mismatch() == nil) == (wrong == nil))
        }
        var whole = try #require(S3BodyCheck(checksum: PayloadDigest(of: bytes).base64, tag: nil, firstPart: nil))
        whole.update(bytes[...])
        #expect(whole.mismatch() == nil)
        #expect(S3BodyCheck(checksum: checksum, tag: nil, firstPart: nil) == nil)
        #expect(S3BodyCheck(checksum: nil, tag: nil, firstPart: 300) == nil)
    }
}
