// SPDX-License-Identifier: Apache-2.0
// Martlet: what a backup is made with.
public import Platform

/// The settings of the pipeline; they can differ from run to run, and no restore needs to know them.
public struct VaultOptions: Sendable {
    /// How chunks are compressed; default zstd of level 3. Chunks that don't get smaller stay as they are.
    public var compression: Compression = .zstd(level: Compression.usualLevel)
    /// Whether everything is encrypted by AES-256-GCM; default true. Without, damage is found but forgery isn't.
    public var isEncrypted = true
    /// Bytes that a chunk has before compression; default 1 MiB, 4 KiB to 4 MiB.
    public var chunkSize = ByteCount.mebibytes(1)
    /// Bytes after which a volume is closed; default 64 MiB, 64 KiB to 1 GiB. A killed run loses at most one volume.
    public var volumeSize = ByteCount.mebibytes(64)
    /// Threads that compress and encrypt; default ``usualThreads``, 1 to 64.
    public var threads = Self.usualThreads
    /// Chunks under way at once; default two for each thread and two more, at most 256. Each takes up to three times
    /// ``chunkSize``, and nothing else in the pipeline grows with the data.
    public var chunksAtOnce: Int?
    /// Chunks of earlier runs that a resumed run recognises; default 200,000 (195 GiB of chunks of 1 MiB), at most
    /// 2,000,000; each takes about 100 bytes of memory. What is beyond is stored once more.
    public var knownChunks = 200_000

    /// The defaults.
    public init() {}

    /// One for each core that this process may use, and at most four: more of them would need more memory than a
    /// container for backups has, and they are faster than most disks and networks.
    public static let usualThreads = min(4, ByteThreads.cores)

    /// Chunks under way at once.
    var window: Int { chunksAtOnce ?? threads * 2 + 2 }

    /// Stops what is out of its range.
    func check() throws(RecoveryError) {
        if case .zstd(let level) = compression, !Compression.levels.contains(level) {
            throw RecoveryError(.request, "the level of zstd must be from 1 to 19, not \(level)")
        }
        guard (ByteCount.kibibytes(4)...ByteCount.mebibytes(4)).contains(chunkSize) else {
            throw RecoveryError(.request, "the size of a chunk must be from 4KiB to 4MiB, not \(chunkSize)")
        }
        guard (ByteCount.kibibytes(64)...ByteCount.gibibytes(1)).contains(volumeSize) else {
            throw RecoveryError(.request, "the size of a volume must be from 64KiB to 1GiB, not \(volumeSize)")
        }
        guard (1...64).contains(threads) else {
            throw RecoveryError(.request, "the number of threads must be from 1 to 64, not \(threads)")
        }
        guard (1...256).contains(window) else {
            throw RecoveryError(.request, "the number of chunks at once must be from 1 to 256, not \(window)")
        }
        guard (0...2_000_000).contains(knownChunks) else {
            throw RecoveryError(.request, "the number of known chunks must be up to 2000000, not \(knownChunks)")
        }
    }
}
