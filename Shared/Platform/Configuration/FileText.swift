// SPDX-License-Identifier: Apache-2.0
// Martlet: reads a small file whole, with a bound, without Foundation.
internal import Glibc

/// Bounded reading of small files: settings, secrets, /proc.
public enum FileText {
    /// The bytes of a file; throws `file` when it cannot be opened or read, is no regular file, or is longer than the limit.
    public static func bytes(path: String, limit: Int) throws(PlatformError) -> [UInt8] {
        // Who opens a pipe waits for a writer, for ever if none comes.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw PlatformError(.file, "\(path) is no regular file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, errno)
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limit else {
                throw PlatformError(.file, "\(path) is longer than \(ByteCount(limit))")
            }
        }
    }

    /// The file as text; invalid UTF-8 is repaired.
    public static func text(path: String, limit: Int) throws(PlatformError) -> String {
        String(decoding: try bytes(path: path, limit: limit), as: UTF8.self)
    }

    private static func failure(_ path: String, _ code: Int32) -> PlatformError {
        PlatformError(.file, "\(path): \(String(cString: strerror(code)))")
    }
}
