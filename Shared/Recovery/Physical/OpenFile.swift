// SPDX-License-Identifier: Apache-2.0
// Martlet: a file that is open, closed when it goes.
internal import CLinux
internal import Glibc

/// A descriptor and its path. Its calls block: they belong on a thread of their own.
struct OpenFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// Opens a file for reading.
    init(reading path: String) throws(RecoveryError) {
        try self.init(path, O_RDONLY, 0)
    }

    /// Makes a new file; one that exists is a failure.
    init(creating path: String, mode: UInt32 = 0o600) throws(RecoveryError) {
        try self.init(path, O_WRONLY | O_CREAT | O_EXCL, mode)
    }

    /// Opens a file for writing past the page cache, which not every file system can.
    init(directly path: String) throws(RecoveryError) {
        try self.init(path, O_WRONLY | martlet_open_direct, 0)
    }

    /// Opens a folder, to make its entries durable.
    init(folder path: String) throws(RecoveryError) {
        try self.init(path, O_RDONLY | O_DIRECTORY, 0)
    }

    private init(_ path: String, _ flags: Int32, _ mode: UInt32) throws(RecoveryError) {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .file(flags & O_CREAT == 0 ? "open" : "make", path) }
    }

    deinit { close(descriptor) }

    /// A small file's bytes; nil if there is none.
    static func bytes(of path: String, limit: Int = 1 << 20) throws(RecoveryError) -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        return try OpenFile(reading: path).read(limit)
    }

    /// Bytes of the file.
    var size: Int64 {
        get throws(RecoveryError) { Int64(try status().st_size) }
    }

    private func status() throws(RecoveryError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file("look at", path) }
        return status
    }

    /// Writes all of `bytes` where the last write ended.
    func write(_ bytes: [UInt8]) throws(RecoveryError) {
        try write(bytes, 0..<bytes.count) { Glibc.write(descriptor, $0, $1) }
    }

    /// Writes all of a part of `bytes` at a place of the file.
    func write(_ bytes: [UInt8], _ range: Range<Int>, at offset: Int64) throws(RecoveryError) {
        try write(bytes, range) { pwrite(descriptor, $0, $1, Int(offset) + range.count - $1) }
    }

    /// Writes whole blocks of `bytes`, at most a buffer full, at the border of a block.
    /// - Returns: bytes that were written; 0 where the file system does not write directly, or not in such blocks.
    func writeDirectly(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        at offset: Int64,
        _ buffer: AlignedBuffer
    ) throws(RecoveryError) -> Int {
        while true {
            let count = buffer.write(bytes, range, to: descriptor, at: offset)
            guard count < 0 else { return count / AlignedBuffer.block * AlignedBuffer.block }
            if errno == EINVAL { return 0 }
            guard errno == EINTR else { throw .file("write", path) }
        }
    }

    private func write(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ call: (UnsafeRawPointer, Int) -> Int
    ) throws(RecoveryError) {
        var done = range.lowerBound
        while done < range.upperBound {
            let count = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { call($0 + done, range.upperBound - done) } ?? 0
            }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw .file("write", path)
            }
            done += count
        }
    }

    /// Reads up to `count` bytes; fewer at the end.
    func read(_ count: Int) throws(RecoveryError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
            while done < count {
                let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + done }, count - done)
                if got == 0 { return }
                guard got > 0 else {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                done += got
            }
        }
        guard failure == 0 else { throw .file("read", path, failure) }
        return bytes
    }

    /// Gives the file to another user.
    func setOwner(_ owner: FileOwner) throws(RecoveryError) {
        guard fchown(descriptor, owner.user, owner.group) == 0 else { throw .file("give away", path) }
    }

    /// Makes it durable.
    func sync() throws(RecoveryError) {
        guard fsync(descriptor) == 0 else { throw .file("sync", path) }
    }

    /// Makes everything on its file system durable.
    func syncFileSystem() throws(RecoveryError) {
        guard martlet_sync_filesystem(descriptor) == 0 else { throw .file("sync", path) }
    }
}
