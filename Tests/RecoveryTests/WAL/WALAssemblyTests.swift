// SPDX-License-Identifier: Apache-2.0
// Martlet: what a receiver stores, and when, without a server and a store.

import TestSupport
import Postgres
import Testing

@testable import Recovery

@Suite("Pieces of the log")
struct WALAssemblyTests {
    private static let size = 1 << 20

    @Test("Whatever comes and whenever jobs are done, the store holds the log and nothing else", arguments: 1...20)
    func random(_ seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var rules = WALAssembly.Rules()
        rules.pieceSize = 100_000
        rules.smallPieces = 8
        rules.smallSize = 50_000
        rules.isImmediate = Bool.random(using: &random)
        let first = WALSegment(timeline: 1, upper: 0, lower: 5)
        var assembly = WALAssembly(first, size: Self.size, bytes: [], pieces: [], rules: rules)
        var log: [UInt8] = []
        var store: [WALSegment: [Range<Int>: [UInt8]]] = [:]
        var whole: [WALSegment: [UInt8]] = [:]
        var now = ContinuousClock.now
        let start = try #require(first.start(size: Self.size))
        func work(_ isLast: Bool = false) {
            while let job = assembly.next(now: now, isLast: isLast) {
                // Bytes come while the job is under way.
                if Bool.random(using: &random), !isLast { receive() }
                switch job {
                case .piece(let segment, let range, let bytes):
                    #expect(store[segment]?[range] == nil)
                    store[segment, default: [:]][range] = bytes
                case .join(let segment, let range, let bytes, let replaced):
                    store[segment]?[range] = bytes
                    for piece in replaced { store[segment]?[piece] = nil }
                case .segment(let segment, let bytes):
                    whole[segment] = bytes
                    store[segment] = nil
                }
                assembly.done(job, now: now)
            }
        }
        func receive() {
            let count = Int.random(in: 1...(Bool.random(using: &random) ? 300_000 : 9_000), using: &random)
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: log.count &* 31 >> 3), count: count)
            try? assembly.take(start + log.count, bytes, now: now)
            log += bytes
        }
        for _ in 0..<150 {
            receive()
            if Bool.random(using: &random) { work() }
            now += .milliseconds(Int.random(in: 0...400, using: &random))
        }
        work(true)
        #expect(assembly.stored == start + log.count)
        #expect(assembly.received == assembly.stored)
        var rebuilt: [UInt8] = []
        var segment = first
        while let bytes = whole[segment] {
            rebuilt += bytes
            segment = segment.next(size: Self.size)
        }
        let pieces = store[segment] ?? [:]
        for (range, bytes) in pieces.sorted(by: { $0.key.lowerBound < $1.key.lowerBound }) {
            #expect(range.count == bytes.count)
            rebuilt += bytes
        }
        #expect(rebuilt == log, "seed \(seed)")
        #expect(pieces.count < 8 + Self.size / 50_000)
    }

    @Test("A piece is due after the interval, at its size, or at once")
    func due() throws {
        let first = WALSegment(timeline: 1, upper: 0, lower: 1)
        let start = try #require(first.start(size: Self.size))
        var assembly = WALAssembly(first, size: Self.size, bytes: [], pieces: [], rules: .init())
        let now = ContinuousClock.now
        #expect(assembly.next(now: now) == nil)
        #expect(assembly.wait(now: now) == nil)
        try assembly.take(start, [1, 2, 3], now: now)
        #expect(assembly.next(now: now + .milliseconds(999)) == nil)
        #expect(assembly.wait(now: now + .milliseconds(400)) == .milliseconds(600))
        #expect(assembly.next(now: now + .seconds(1)) == .piece(first, 0..<3, [1, 2, 3]))
        #expect(throws: RecoveryError.self) { try assembly.take(start + 5, [1], now: now) }
        var rules = WALAssembly.Rules()
        rules.isImmediate = true
        var immediate = WALAssembly(first, size: Self.size, bytes: [9], pieces: [0..<1], rules: rules)
        try immediate.take(start + 1, [1], now: now)
        #expect(immediate.next(now: now) == .piece(first, 1..<2, [1]))
    }
}
