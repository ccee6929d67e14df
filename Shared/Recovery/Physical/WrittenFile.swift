// SPDX-License-Identifier: Apache-2.0
// Martlet: a file that several threads write.
internal import Synchronization

/// A new file, closed when the last piece of it is written.
///
/// Large files are written past the page cache where the file system can: a copy of a cluster in memory is of no use to
/// a server that is not running yet, and making it costs as much as all the rest of a restore.
final class WrittenFile: Sendable {
    /// Files from this size on are written directly.
    static let large: Int64 = 1 << 20

    private let file: OpenFile
    private let direct: OpenFile?
    private let refuses = Atomic(false)

    /// - Parameter size: Bytes that the file will have.
    init(_ file: consuming OpenFile, size: Int64) {
        direct = size >= Self.large ? try? OpenFile(directly: file.path) : nil
        self.file = file
    }

    /// Writes a part of some bytes at a place of the file; blocks.
    func write(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        at offset: Int64,
        through buffer: AlignedBuffer
    ) throws(RecoveryError) {
        var (done, offset) = (range.lowerBound, offset)
        while offset % Int64(AlignedBuffer.block) == 0, !refuses.load(ordering: .relaxed) {
            let count = min(AlignedBuffer.size, range.upperBound - done) / AlignedBuffer.block * AlignedBuffer.block
            guard count > 0, let written = try direct?.writeDirectly(bytes, done..<(done + count), at: offset, buffer)
            else { break }
            // Such file systems are written as any other.
            guard written > 0 else { refuses.store(true, ordering: .relaxed); break }
            done += written
            offset += Int64(written)
        }
        try write(bytes, done..<range.upperBound, at: offset)
    }

    /// Writes a part of some bytes, however small, through the page cache.
    func write(_ bytes: [UInt8], _ range: Range<Int>, at offset: Int64) throws(RecoveryError) {
        guard !range.isEmpty else { return }
        try file.write(bytes, range, at: offset)
    }
}
