// SPDX-License-Identifier: Apache-2.0
// Martlet: processes of a scratch server that outlived it.
internal import Glibc

/// Finds PostgreSQL's processes by where they work: all of them have the data folder as their own.
enum Stragglers {
    /// Ends all processes that work below a folder. Blocks, for at most five seconds.
    /// - Returns: whether none is left.
    static func end(below folder: String) -> Bool {
        for _ in 0..<500 {
            let found = processes(below: folder)
            if found.isEmpty { return true }
            for id in found { kill(id, SIGKILL) }
            usleep(10_000)
        }
        return false
    }

    /// The processes that work in a folder or below it.
    static func processes(below folder: String) -> [Int32] {
        guard let names = try? RestoreFolder.names(in: "/proc") else { return [] }
        return names.compactMap { Int32($0) }.filter { id in
            guard let place = workingFolder(of: id), id != getpid() else { return false }
            return place == folder || place.hasPrefix(folder + "/")
        }
    }

    private static func workingFolder(of id: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars in
                chars.baseAddress.map { readlink("/proc/\(id)/cwd", $0, chars.count) } ?? -1
            }
        }
        guard count > 0 else { return nil }
        let path = String(decoding: buffer[..<count], as: UTF8.self)
        // As the kernel shows a folder that was removed meanwhile.
        return path.hasSuffix(" (deleted)") ? String(path.dropLast(10)) : path
    }
}
