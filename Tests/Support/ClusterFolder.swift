// SPDX-License-Identifier: Apache-2.0
// Martlet: the folder of a cluster: data, logs, and the end of each log for a failure's report.

import Glibc

/// A new folder under /tmp that the server's user reaches; removed when it is let go.
final class ClusterFolder: Sendable {
    private static let prefix = "martlet-faults-"

    let path: String

    init() throws {
        if getenv("MARTLET_TEST_KEEP") == nil { Self.removeLeftovers() }
        var template = Array("/tmp/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ClusterFailure("can't make a folder in /tmp")
        }
        path = String(cString: made)
        chmod(path, 0o755)
        mkdir("\(path)/log", 0o755)
    }

    /// `MARTLET_TEST_KEEP=1` leaves data and logs where they are.
    deinit {
        if getenv("MARTLET_TEST_KEEP").map({ String(cString: $0) }) == "1" { return }
        _ = try? TestRedis.run("/bin/rm", ["-rf", path])
    }

    /// Removes the folders of test processes that were killed.
    private static func removeLeftovers() {
        for name in names(in: "/tmp") where name.hasPrefix(prefix) {
            guard let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            _ = try? TestRedis.run("/bin/rm", ["-rf", "/tmp/\(name)"])
        }
    }

    /// What a folder holds.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            found.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return found
    }

    func log(_ name: String) -> String { "\(path)/log/\(name).log" }

    /// The last lines of a log.
    func tail(_ name: String, lines: Int) -> String {
        let text = Self.end(of: log(name), bytes: lines * 400)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// Writes a file, in place of what is there.
    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else { throw ClusterFailure("can't write \(path)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    static func end(of path: String, bytes: Int) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        fseek(file, max(0, ftell(file) - bytes), SEEK_SET)
        var buffer = [UInt8](repeating: 0, count: bytes)
        let count = fread(&buffer, 1, bytes, file)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
