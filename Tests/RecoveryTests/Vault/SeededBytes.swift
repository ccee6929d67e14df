// SPDX-License-Identifier: Apache-2.0
// Martlet: random numbers and bytes whose seed tests print.

/// SplitMix64 (Steele, Lea and Flood 2014), and test data of several kinds made with it.
struct SeededBytes: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

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
