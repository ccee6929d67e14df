// SPDX-License-Identifier: Apache-2.0
// Martlet: what a name in a folder stands for.
internal import Glibc

/// The kinds that a store tells apart.
enum FileKind {
    case file
    case folder
    /// A symbolic link, a pipe, a device: never an object.
    case other
    /// The file system didn't say; look at the file itself.
    case unknown

    /// Reads `d_type` of a folder's entry.
    init(entry: UInt8) {
        self =
            switch Int(entry) {
            case Int(DT_REG): .file
            case Int(DT_DIR): .folder
            case Int(DT_UNKNOWN): .unknown
            default: .other
            }
    }

    /// Reads `st_mode`.
    init(mode: mode_t) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
    }
}
