// SPDX-License-Identifier: Apache-2.0
// Martlet: compression of chunks.

import Testing

@testable import Recovery

@Suite("Compression of chunks")
struct CodecTests {
    static let ways: [Compression] = [.none, .lz4, .zstd(level: 1), .zstd(level: 3), .zstd(level: 19)]

    @Test("Chunks of all sizes come back", arguments: ways)
    func roundTrip(_ compression: Compression) throws {
        var random = SeededBytes(seed: 1)
        let codecs = CodecContext()
        for size in [1, 2, 17, 4_096, 65_537, 1 << 20] {
            for plain in [random.text(size), random.noise(size), [UInt8](repeating: 0, count: size)] {
                let (codec, packed) = codecs.pack(plain, by: compression)
                #expect(packed.count <= plain.count)
                #expect(try codecs.expand(packed, by: codec, to: plain.count) == plain)
            }
        }
    }

    @Test("What does not get smaller stays as it is")
    func noise() {
        var random = SeededBytes(seed: 2)
        let plain = random.noise(100_000)
        for compression in Self.ways {
            let (codec, packed) = CodecContext().pack(plain, by: compression)
            #expect(codec == .plain)
            #expect(packed == plain)
        }
    }

    @Test("A context that is used for several levels makes of each what a fresh one makes")
    func levelsStayApart() {
        var random = SeededBytes(seed: 3)
        let plain = random.text(1 << 20)
        let levels = [3, 1, 3, 9, 3, 2, 9]
        let shared = CodecContext()
        for level in levels {
            let one = shared.pack(plain, by: .zstd(level: level))
            #expect(one.1 == CodecContext().pack(plain, by: .zstd(level: level)).1, "level \(level)")
        }
        // Each of them is something else, so a setting that stayed would be seen.
        #expect(Set(levels.map { CodecContext().pack(plain, by: .zstd(level: $0)).1.count }).count == 4)
    }

    @Test("No more is made than was said, and no less", arguments: [Compression.lz4, .zstd(level: 3)])
    func bounded(_ compression: Compression) throws {
        let codecs = CodecContext()
        let (codec, packed) = codecs.pack([UInt8](repeating: 7, count: 4 << 20), by: compression)
        #expect(packed.count < 40_000)
        for size in [0, 1, 4_096, (4 << 20) - 1, (4 << 20) + 1] {
            #expect(throws: FormatFault.self) { try codecs.expand(packed, by: codec, to: size) }
        }
    }

    @Test("Random bytes don't hurt", arguments: [ChunkCodec.lz4, .zstd])
    func fuzz(_ codec: ChunkCodec) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededBytes(seed: seed)
        let codecs = CodecContext()
        let (_, sound) = codecs.pack(random.text(10_000), by: codec == .lz4 ? .lz4 : .zstd(level: 3))
        for _ in 0..<5_000 {
            var bytes = sound
            for _ in 0...Int(random.next() % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() & 255)
            }
            if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            let plain = try? codecs.expand(bytes, by: codec, to: 10_000)
            #expect(plain.map { $0.count == 10_000 } ?? true, "seed \(seed)")
        }
    }

    @Test("The written form of a compression is read back; others are refused")
    func written() {
        for compression in Self.ways { #expect(Compression("\(compression)") == compression) }
        #expect(Compression("zstd") == .zstd(level: 3))
        for text in ["", "gzip", "zstd:0", "zstd:20", "zstd:03", "zstd:+3", "zstd:", "lz4:1", "ZSTD"] {
            #expect(Compression(text) == nil, "\(text)")
        }
    }
}
