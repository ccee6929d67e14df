// SPDX-License-Identifier: Apache-2.0
// Martlet: random numbers and bytes whose seed tests print.

import TestSupport

/// Random numbers, and test data of several kinds made with it.
struct SeededBytes: RandomNumberGenerator {
    private var numbers: SeededGenerator

    init(seed: UInt64) { numbers = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { numbers.next() }

    /// Bytes that can't be compressed.
    mutating func noise(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }

    /// Bytes that can: words of a small vocabulary, different all along.
    mutating func text(_ count: Int) -> [UInt8] {
        let words = ["job ", "available ", "completed ", "queue=default ", "attempt ", "{\"kind\":\"http.request\"} "]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 32)
        while bytes.count < count {
            bytes += Array(words[Int(next() % UInt64(words.count))].utf8)
            if next() % 8 == 0 { bytes += Array("\(next() % 100_000)\n".utf8) }
        }
        return Array(bytes.prefix(count))
    }

    /// Text, noise and zeros by turns.
    mutating func mixture(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            switch next() % 3 {
            case 0: bytes += text(Int(next() % 20_000))
            case 1: bytes += noise(Int(next() % 10_000))
            default: bytes += [UInt8](repeating: 0, count: Int(next() % 8_000))
            }
        }
        return Array(bytes.prefix(count))
    }
}
