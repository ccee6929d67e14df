// SPDX-License-Identifier: Apache-2.0
// Martlet: the folder that a restore fills: empty before, whole or without its heart after.
internal import Glibc

/// A folder on its way from empty to a cluster. Its calls block.
struct RestoreFolder: Sendable {
    let path: String
    /// Whom what is made belongs to; nil: to us.
    let owner: FileOwner?

    /// Stands in a folder from the beginning of a restore to its end; of several that begin at once, one makes it.
    static let claim = ".martlet-restore"

    /// Takes an empty folder, or makes one; only its owner may enter it afterwards.
    /// - Throws: `.notEmpty`, `.disk`.
    init(_ path: String) throws(RecoveryError) {
        self.path = path
        guard path.hasPrefix("/") else {
            throw RecoveryError(.request, "the folder to restore to needs a whole path, not \(path)")
        }
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .file("make", path) }
        try Self.requireEmpty(path)
        guard chmod(path, 0o700) == 0 else { throw .file("protect", path) }
        owner = FileOwner(of: path)
        do throws(RecoveryError) { _ = try makeFile(Self.claim) } catch {
            guard access("\(path)/\(Self.claim)", F_OK) == 0 else { throw error }
            throw Self.isTaken(path)
        }
    }

    /// Throws `.notEmpty` when a folder holds something; it need not be there.
    static func requireEmpty(_ path: String) throws(RecoveryError) {
        guard access(path, F_OK) == 0 else { return }
        let names = try names(in: path)
        // A file system of its own brings this folder along.
        guard let name = names.first(where: { $0 != "lost+found" }) else { return }
        // The server sends this file first, and its control file comes last.
        let isCut = names.contains("backup_label") && access("\(path)/global/pg_control", F_OK) != 0
        guard isCut || names.contains(claim) else {
            throw RecoveryError(.notEmpty, "\(path) is not empty: it has \(name)")
        }
        throw isTaken(path)
    }

    private static func isTaken(_ path: String) -> RecoveryError {
        RecoveryError(
            .notEmpty,
            "\(path) has what another restore writes just now, or left when it was cut; no server starts on it: "
                + "if no restore is under way, remove it and restore again"
        )
    }

    /// Ends what only a restore under way needs; the folder is another's no more, but not yet a cluster.
    func release() throws(RecoveryError) {
        guard unlink("\(path)/\(Self.claim)") == 0 else { throw .file("remove", "\(path)/\(Self.claim)") }
    }

    /// What a folder holds, but itself and its parent.
    static func names(in path: String) throws(RecoveryError) -> [String] {
        guard let stream = opendir(path) else { throw .file("open", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func makeFolder(_ name: String, mode: UInt32) throws(RecoveryError) {
        let path = "\(path)/\(name)"
        guard mkdir(path, mode & 0o750 | 0o700) == 0 || errno == EEXIST else { throw .file("make", path) }
        if let owner { try OpenFile(folder: path).setOwner(owner) }
    }

    /// Makes a file that must not exist.
    func makeFile(_ name: String, mode: UInt32 = 0o600) throws(RecoveryError) -> OpenFile {
        let file = try OpenFile(creating: "\(path)/\(name)", mode: mode & 0o640 | 0o600)
        if let owner { try file.setOwner(owner) }
        return file
    }

    /// Writes a whole file, durable and never half there.
    func replace(_ name: String, _ bytes: [UInt8]) throws(RecoveryError) {
        let temporary = "\(name).martlet"
        do {
            let file = try makeFile(temporary)
            try file.write(bytes)
            try file.sync()
        }
        guard rename("\(path)/\(temporary)", "\(path)/\(name)") == 0 else {
            throw .file("rename", "\(path)/\(temporary)")
        }
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        try OpenFile(folder: folder.isEmpty ? path : "\(path)/\(folder)").sync()
    }

    /// Makes all of its file system durable.
    func sync() throws(RecoveryError) { try OpenFile(folder: path).syncFileSystem() }
}
