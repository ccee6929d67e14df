// SPDX-License-Identifier: Apache-2.0
// Martlet: the folder of one drill: private, locked while the drill lives, swept when it was killed.
internal import FoundationEssentials
internal import Glibc

/// A temporary folder for a restored cluster. Its calls block.
///
/// The kernel lets the lock go with its process, however that ends; so a folder whose lock is free is litter.
final class ScratchFolder: Sendable {
    static let prefix = "martlet-drill-"
    private static let lockName = "lock"
    private static let keptName = "kept"
    /// A folder of a drill that was cut off before it could lock it.
    private static let unlockedAge: Int = 60
    /// The kernel's limit for a socket's path.
    private static let longestSocket = 107

    let path: String
    let user: ServerUser?
    private let lock: Int32

    var data: String { "\(path)/data" }
    var sockets: String { "\(path)/s" }
    var spool: String { "\(path)/wal" }
    var tablespaces: String { "\(path)/tablespaces" }

    /// Makes and locks one.
    /// - Throws: `.disk`; `.request` when the path is too long for a socket.
    init(in parent: String, user: ServerUser?) throws(RecoveryError) {
        guard parent.hasPrefix("/") else {
            throw RecoveryError(.request, "the folder for drills needs a whole path, not \(parent)")
        }
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .file("make a folder in", parent) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.path = path
        self.user = user
        lock = open("\(path)/\(Self.lockName)", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw .file("lock", path) }
        guard "\(path)/s/.s.PGSQL.5432".utf8.count <= Self.longestSocket else {
            try? FileManager.default.removeItem(atPath: path)
            throw RecoveryError(.request, "the folder for drills has too long a path for a socket: \(parent)")
        }
        for name in ["", "/data", "/s", "/wal", "/tablespaces"] {
            let folder = path + name
            if !name.isEmpty, mkdir(folder, 0o700) != 0 { throw .file("make", folder) }
            if let user, chown(folder, user.id, user.group) != 0 { throw .file("give away", folder) }
        }
    }

    deinit { if lock >= 0 { close(lock) } }

    /// Makes a folder that the server may use.
    func makeFolder(_ path: String) throws(RecoveryError) {
        guard mkdir(path, 0o700) == 0 else { throw .file("make", path) }
        if let user, chown(path, user.id, user.group) != 0 { throw .file("give away", path) }
    }

    /// Writes a file that the server may read, in place of what is there.
    func write(_ text: String, to path: String) throws(RecoveryError) {
        unlink(path)
        let file = try OpenFile(creating: path)
        try file.write(Array(text.utf8))
        if let user, chown(path, user.id, user.group) != 0 { throw .file("give away", path) }
    }

    /// Ends what still runs in it and leaves it: no later drill removes it.
    ///
    /// A server that is started in it and still wants log is told that there is no more.
    func keep() throws(RecoveryError) {
        guard Stragglers.end(below: path) else {
            throw RecoveryError(.program, "a scratch server in \(path) can't be ended; its folder was left")
        }
        try write("", to: "\(path)/\(Self.keptName)")
        try write("", to: "\(spool)/over")
    }

    /// Ends what still runs in it and removes it.
    func remove() throws(RecoveryError) { try Self.remove(path) }

    private static func remove(_ path: String) throws(RecoveryError) {
        guard Stragglers.end(below: path) else {
            throw RecoveryError(.program, "a scratch server in \(path) can't be ended; its folder was left")
        }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw RecoveryError(.disk, "the scratch folder \(path) can't be removed", cause: error)
        }
    }

    /// Removes the folders of drills that were killed.
    /// - Returns: their paths.
    static func sweep(_ parent: String) throws(RecoveryError) -> [String] {
        var swept: [String] = []
        for name in try RestoreFolder.names(in: parent).sorted() where name.hasPrefix(prefix) {
            let path = "\(parent)/\(name)"
            guard access("\(path)/\(keptName)", F_OK) != 0, isAbandoned(path) else { continue }
            try remove(path)
            swept.append(path)
        }
        return swept
    }

    private static func isAbandoned(_ path: String) -> Bool {
        let lock = open("\(path)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else {
            var status = stat()
            guard errno == ENOENT, lstat(path, &status) == 0 else { return false }
            return status.st_mode & S_IFMT == S_IFDIR && time(nil) - status.st_mtim.tv_sec > unlockedAge
        }
        defer { close(lock) }
        return flock(lock, LOCK_EX | LOCK_NB) == 0
    }

    /// Bytes that are free where a folder is.
    static func freeBytes(_ path: String) throws(RecoveryError) -> Int64 {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { throw .file("look at", path) }
        return Int64(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
    }
}
