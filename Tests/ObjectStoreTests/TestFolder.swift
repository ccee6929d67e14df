// SPDX-License-Identifier: Apache-2.0
// Martlet: a folder of one test.
import Glibc
import TestSupport

/// A new folder, removed when it is let go.
///
/// A server that all tests share is never let go: its folder goes with the one that `./dev test` names and removes.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        let place = getenv("MARTLET_TEST_FOLDER").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/martlet-store-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
            throw ClusterFailure("can't make a folder in \(place)")
        }
        path = String(cString: made)
    }

    deinit { _ = try? TestRedis.run("/bin/rm", ["-rf", path]) }

    /// Writes a file, in place of what is there.
    func write(_ name: String, _ text: String) throws {
        guard let file = fopen("\(path)/\(name)", "we") else { throw ClusterFailure("can't write \(name)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    /// The text of a file; nothing if it can't be read.
    func text(_ name: String) -> String {
        guard let file = fopen("\(path)/\(name)", "re") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The paths of all files below, hidden ones too, relative and sorted.
    func files(below folder: String = "") -> [String] {
        guard let stream = opendir("\(path)/\(folder)") else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let inner = folder.isEmpty ? name : "\(folder)/\(name)"
            if Int(entry.pointee.d_type) == Int(DT_DIR) { found += files(below: inner) } else { found.append(inner) }
        }
        return found.sorted()
    }
}
