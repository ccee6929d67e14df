// SPDX-License-Identifier: Apache-2.0
// Martlet: a file that only this process's user may read.
internal import Glibc

/// A new file with mode 0600 that is written from its beginning to its end; closed with this object.
final class PrivateFile: Sendable {
    /// Where it is.
    let path: String
    private let descriptor: Int32

    /// Makes it; there must be none of this name.
    init(_ path: String) throws(RecoveryError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw RecoveryError(.disk, "\(path) can't be made: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// Writes bytes at its end.
    func append(_ bytes: [UInt8]) throws(RecoveryError) {
        let trouble: Int32? = bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        guard let trouble else { return }
        throw RecoveryError(.disk, "\(path) can't be written: \(String(cString: strerror(trouble)))")
    }

    /// Brings what was written to the disk.
    func sync() throws(RecoveryError) {
        guard fsync(descriptor) == 0 else {
            throw RecoveryError(.disk, "\(path) can't be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Hands over a file's bytes in pieces of at most 256 KiB.
    static func read(
        _ path: String,
        _ body: ([UInt8]) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw RecoveryError(.disk, "\(path) can't be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        while true {
            var trouble: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, count in
                let found = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if found < 0 { trouble = errno }
                count = max(0, found)
            }
            if trouble == EINTR { continue }
            guard trouble == 0 else {
                throw RecoveryError(.disk, "\(path) can't be read: \(String(cString: strerror(trouble)))")
            }
            if bytes.isEmpty { return }
            try await body(bytes)
        }
    }
}
