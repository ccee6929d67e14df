// SPDX-License-Identifier: Apache-2.0
// Martlet: one file, folder or link of a tar archive.

/// What a tar archive's header says of an entry.
struct TarEntry: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case file
        case folder
        case link(to: String)
    }

    /// The path below the archive's root, without a slash at its end.
    let path: String
    let kind: Kind
    /// Bytes of content; 0 but for files.
    let size: Int64
    /// Permission bits, for example 0o600.
    let mode: UInt32

    /// Whether the path stays below the folder that it is extracted to.
    var isSafe: Bool {
        guard !path.isEmpty, !path.utf8.contains(0) else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
        }
    }
}
