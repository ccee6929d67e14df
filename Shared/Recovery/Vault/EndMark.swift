// SPDX-License-Identifier: Apache-2.0
// Martlet: the last frame of a volume or object.

/// The content of an end frame: what came before it.
struct EndMark: Equatable {
    /// Frames before this one.
    var frames: UInt32 = 0
    /// Bytes that they hold before compression.
    var plain: UInt64 = 0

    init(frames: UInt32 = 0, plain: UInt64 = 0) {
        self.frames = frames
        self.plain = plain
    }

    init?(_ bytes: [UInt8]) {
        var cursor = ByteCursor(bytes)
        guard let frames = cursor.number(UInt32.self), let plain = cursor.number(UInt64.self), cursor.left == 0 else {
            return nil
        }
        self.init(frames: frames, plain: plain)
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: frames)
        bytes.append(bigEndian: plain)
        return bytes
    }

    /// The frame itself.
    func sealed(by seal: FrameSeal) throws(RecoveryError) -> [UInt8] {
        let content = encoded
        let header = FrameHeader(
            kind: .end,
            codec: .plain,
            number: frames,
            plain: content.count,
            stored: content.count
        )
        return try seal.seal(header, content)
    }
}
