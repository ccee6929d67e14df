// SPDX-License-Identifier: Apache-2.0
// Martlet: a temporary folder that only this process's user may enter.
internal import FoundationEssentials
internal import Glibc

/// A folder with mode 0700 that goes away with this object.
final class PrivateFolder: Sendable {
    /// Its path, without a slash at the end.
    let path: String

    /// Makes one below `parent`, by default below `TMPDIR` or `/tmp`.
    init(in parent: String? = nil) throws(RecoveryError) {
        let parent = parent ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/martlet-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw RecoveryError(
                .disk,
                "no temporary folder can be made in \(parent): \(String(cString: strerror(errno)))"
            )
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file with mode 0600, which must not be there yet.
    /// - Returns: its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws(RecoveryError) -> String {
        let file = try PrivateFile("\(path)/\(name)")
        try file.append(bytes)
        return file.path
    }
}
