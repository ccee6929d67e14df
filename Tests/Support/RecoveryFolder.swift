// SPDX-License-Identifier: Apache-2.0
// Martlet: a folder of one test that PostgreSQL's user reaches.

import Glibc

/// A new folder under /tmp, removed when it is let go.
public final class RecoveryFolder: Sendable {
    private static let prefix = "martlet-recovery-"

    /// Where it is.
    public let path: String
    private let isOwned: Bool

    /// The folder of another process.
    public init(of path: String) {
        self.path = path
        isOwned = false
    }

    /// Makes one; those of test processes that were killed go.
    public init() throws {
        isOwned = true
        Self.removeLeftovers()
        var template = Array("/tmp/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ClusterFailure("can't make a folder in /tmp")
        }
        path = String(cString: made)
        chmod(path, 0o755)
    }

    deinit { if isOwned { Self.remove(path) } }

    /// A new folder that belongs to PostgreSQL's user.
    public func make(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        guard mkdir(folder, 0o700) == 0 else { throw ClusterFailure("can't make \(folder)") }
        RecoveryServer.own(folder)
        return folder
    }

    /// Removes the folders of test processes that were killed.
    private static func removeLeftovers() {
        for name in names(in: "/tmp") where name.hasPrefix(prefix) {
            guard let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            remove("/tmp/\(name)")
        }
    }

    /// What a folder holds; nothing when it is not there.
    public static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// What a file holds.
    public static func bytes(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw ClusterFailure("can't read \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// Writes a file, in place of what is there.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "we") else { throw ClusterFailure("can't write \(path)") }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw ClusterFailure("can't write \(path)") }
    }

    /// Removes a file or a folder with all that it holds.
    public static func remove(_ path: String) {
        let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/rm"), strdup("-rf"), strdup(path), nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/bin/rm", nil, nil, words, environ) == 0 else { return }
        waitpid(child, nil, 0)
    }
}
