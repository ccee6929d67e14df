// SPDX-License-Identifier: Apache-2.0
// Martlet: volumes whose frames were moved about.

import Testing

@testable import Recovery

@Suite("Frames of volumes")
struct VolumeParserTests {
    private let key = DataKey()
    private let backup = BackupID(began: VaultFixture.began, method: .physical, random: 7)

    /// The parts of a volume: its header, its frames, its end frame.
    private func parts(_ number: UInt32 = 1, backup: BackupID? = nil, key: DataKey? = nil) throws -> [[UInt8]] {
        let header = VolumeHeader(
            isEncrypted: true,
            backup: backup ?? self.backup,
            number: number,
            salt: [UInt8](repeating: 9, count: FrameSeal.saltSize)
        )
        let seal = header.seal(by: key ?? self.key)
        var mark = EndMark()
        var parts = [header.encoded]
        for turn in 0..<4 {
            let content = [UInt8](repeating: UInt8(turn), count: 100)
            let frame = FrameHeader(kind: .chunk, codec: .plain, number: mark.frames, plain: 100, stored: 100)
            parts.append(try seal.seal(frame, content))
            mark.frames += 1
            mark.plain += 100
        }
        return parts + [try mark.sealed(by: seal)]
    }

    private func faults(_ parts: [[UInt8]], piece: Int = 64) -> [String] {
        var parser = VolumeParser(1, of: backup, key: key, frames: nil)
        let codecs = CodecContext()
        var rest = Array(parts.joined())[...]
        while !rest.isEmpty {
            parser.feed(Array(rest.prefix(piece)), codecs)
            rest = rest.dropFirst(piece)
        }
        parser.end()
        return parser.faults.map(\.message)
    }

    @Test("A sound volume has no fault, in pieces of any size", arguments: [1, 7, 64, 100_000])
    func sound(_ piece: Int) throws { #expect(faults(try parts(), piece: piece) == []) }

    @Test("Reordered, doubled, missing and foreign frames are found")
    func moved() throws {
        let sound = try parts()
        var parts = sound
        parts.swapAt(2, 3)
        #expect(faults(parts) == ["frame 2 where 1 should be"])
        parts = sound
        parts.insert(parts[2], at: 3)
        #expect(faults(parts) == ["frame 1 where 2 should be"])
        parts = sound
        parts.remove(at: 2)
        #expect(faults(parts) == ["frame 2 where 1 should be"])
        for foreign in [
            try self.parts(2), try self.parts(backup: BackupID(began: VaultFixture.began, method: .logical, random: 7)),
            try self.parts(key: DataKey()),
        ] {
            parts = sound
            parts[2] = foreign[2]
            #expect(faults(parts) == ["frame 1 is damaged, or does not belong here"])
        }
    }

    @Test("A missing end, bytes after it, and a cut anywhere are found")
    func ends() throws {
        let sound = try parts()
        #expect(faults(sound.dropLast()) == ["it ends too early"])
        #expect(faults(sound + [[0]]) == ["bytes after the end"])
        #expect(faults(sound + [sound[5]]) == ["bytes after the end"])
        // An end frame of the same volume that stood elsewhere: fewer frames, all of them genuine.
        #expect(faults(Array(sound[0...2]) + [sound[5]]) == ["frame 4 where 2 should be"])
        let whole = Array(sound.joined())
        for cut in whole.indices { #expect(!faults([Array(whole.prefix(cut))]).isEmpty, "cut at \(cut)") }
    }

    @Test("Unknown versions and impossible lengths are named")
    func headers() throws {
        var parts = try parts()
        parts[0][9] = 2
        #expect(faults(parts) == ["a volume of a version that this program does not know; it knows 1"])
        parts = try self.parts()
        parts[1][12] = 0x7F
        #expect(faults(parts).first?.hasPrefix("a frame of impossible length") == true)
        parts = try self.parts()
        parts[1][0] = 9
        #expect(faults(parts) == ["a frame of unknown kind 9"])
        #expect(faults(try self.parts(2)) == ["it is volume 2 of backup \(backup)"])
    }

    @Test("After a damaged frame the others are still checked")
    func others() throws {
        var parts = try parts()
        parts[1][20] ^= 1
        parts[3][20] ^= 1
        #expect(faults(parts).count == 2)
    }
}
