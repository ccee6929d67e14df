// SPDX-License-Identifier: Apache-2.0
// Martlet: what a frame holds.

/// The kinds of frames, as their headers write them.
enum FrameKind: UInt8 {
    /// Bytes of an archive or of a sealed object.
    case chunk = 1
    /// References to chunks, for an archive that has many.
    case list = 2
    /// Size and SHA-256 of a sealed object's content, before its chunks.
    case facts = 3
    /// The number of frames before it; nothing may follow.
    case end = 4
}
