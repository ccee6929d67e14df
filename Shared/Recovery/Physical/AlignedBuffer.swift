// SPDX-License-Identifier: Apache-2.0
// Martlet: memory as direct I/O wants it.
internal import Glibc
internal import Synchronization

/// Memory that begins at a border of pages; what is written past the page cache goes through it.
final class AlignedBuffer: Sendable {
    /// What addresses, offsets and lengths of direct I/O are multiples of: a page, and no less than any disk's block.
    static let block = 4_096
    /// Bytes that fit in.
    static let size = 1 << 20

    private struct Memory: ~Copyable {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: block)

        deinit { bytes.deallocate() }
    }

    private let memory = Mutex(Memory())

    /// Writes a part of some bytes, at most ``size``, to a place of a file.
    /// - Returns: what `pwrite` does.
    func write(_ bytes: [UInt8], _ range: Range<Int>, to descriptor: Int32, at offset: Int64) -> Int {
        memory.withLock { memory in
            bytes.withUnsafeBytes { memory.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
            return pwrite(descriptor, memory.bytes.baseAddress, range.count, Int(offset))
        }
    }
}
