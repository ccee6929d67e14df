// SPDX-License-Identifier: Apache-2.0
// Martlet: how the chunks of a backup are compressed.

/// A compression and its level; written `none`, `lz4`, `zstd` or `zstd:7`.
public enum Compression: Hashable, Sendable, CustomStringConvertible {
    /// As it is.
    case none
    /// An LZ4 block: little work, about half the size.
    case lz4
    /// A zstd frame of a level from 1 (fast) to 19 (small, slow, tens of MiB of memory for each thread).
    case zstd(level: Int)

    /// zstd's own choice of a level.
    public static let usualLevel = 3
    /// The levels of zstd that can be asked for.
    public static let levels = 1...19
    /// The forms of ``init(_:)``, for messages.
    public static let allowed = "none, lz4, zstd, or zstd:LEVEL with a level from 1 to 19"

    /// Reads the written form; nil if it is none.
    public init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "lz4": self = .lz4
        case "zstd": self = .zstd(level: Self.usualLevel)
        default:
            guard text.hasPrefix("zstd:"), let level = Int(text.dropFirst(5)), Self.levels.contains(level),
                String(level) == text.dropFirst(5)
            else { return nil }
            self = .zstd(level: level)
        }
    }

    /// The written form.
    public var description: String {
        switch self {
        case .none: "none"
        case .lz4: "lz4"
        case .zstd(let level): "zstd:\(level)"
        }
    }
}
