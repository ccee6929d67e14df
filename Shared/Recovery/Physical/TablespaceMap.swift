// SPDX-License-Identifier: Apache-2.0
// Martlet: where tablespaces lie, as the file `tablespace_map` of a base backup states it.

/// The tablespaces of a backup: OID and folder.
struct TablespaceMap: Hashable, Sendable {
    /// Folders by OID (as text, as links are named).
    private(set) var folders: [String: String]

    /// No tablespaces.
    init() { folders = [:] }

    /// Reads lines of an OID, a space and a path; a backslash stands before a newline or another backslash.
    /// - Throws: `.damaged`.
    init(_ bytes: [UInt8]) throws(RecoveryError) {
        folders = [:]
        var (line, isEscaped): ([UInt8], Bool) = ([], false)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\") where !isEscaped: isEscaped = true
            case UInt8(ascii: "\n") where !isEscaped:
                try add(line)
                line = []
            default:
                line.append(byte)
                isEscaped = false
            }
        }
        if !line.isEmpty { try add(line) }
    }

    private mutating func add(_ line: [UInt8]) throws(RecoveryError) {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else {
            throw RecoveryError(.damaged, "a line of tablespace_map has no space")
        }
        let oid = String(decoding: line[..<space], as: UTF8.self)
        let path = String(decoding: line[(space + 1)...], as: UTF8.self)
        guard UInt32(oid).map(String.init) == oid, path.hasPrefix("/") else {
            throw RecoveryError(.damaged, "a line of tablespace_map is not understood")
        }
        folders[oid] = path
    }

    /// Moves tablespaces to other folders.
    /// - Parameter mapping: new folders by old ones.
    /// - Throws: `.request` for an old folder that the backup doesn't have.
    mutating func move(_ mapping: [String: String]) throws(RecoveryError) {
        for old in mapping.keys.sorted() where !folders.values.contains(old) {
            let known = folders.values.sorted().joined(separator: ", ")
            throw RecoveryError(
                .request,
                "the backup has no tablespace in \(old)\(known.isEmpty ? "" : "; it has \(known)")"
            )
        }
        folders = folders.mapValues { mapping[$0] ?? $0 }
    }

    /// The file's bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for (oid, path) in folders.sorted(by: { $0.key < $1.key }) {
            bytes += Array("\(oid) ".utf8)
            for byte in path.utf8 {
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\\") {
                    bytes.append(UInt8(ascii: "\\"))
                }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
