// SPDX-License-Identifier: Apache-2.0
// Martlet: an open file or folder: every system call of this module on files, in one place.
internal import CLinux
internal import Glibc

/// Owns a file descriptor and closes it; all calls may block, so they belong on ``FileThreads``.
final class Descriptor: Sendable {
    private let number: Int32

    private init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    // MARK: Folders

    /// Opens a folder by its path; symbolic links in it are the administrator's and are followed.
    static func folder(_ path: String) throws(FileTrouble) -> Descriptor {
        try open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, "open the folder")
    }

    /// Makes a folder by its path unless it is there; its parent must be.
    static func makeFolder(_ path: String) throws(FileTrouble) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw .last("make the folder") }
    }

    /// Opens a folder in this one; never through a symbolic link.
    func folder(_ name: String) throws(FileTrouble) -> Descriptor {
        try Self.open(number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, "open the folder")
    }

    /// Makes a folder in this one; false if the name is taken.
    func makeFolder(_ name: String) throws(FileTrouble) -> Bool {
        if mkdirat(number, name, 0o750) == 0 { return true }
        guard errno == EEXIST else { throw .last("make the folder") }
        return false
    }

    /// Gives the owner and group of this file or folder what those of the folder around it have, whatever the process's
    /// umask says: several processes, each with its own, write into one store.
    func inheritMode(from folder: Descriptor, isFolder: Bool) {
        var around = stat()
        guard fstat(folder.number, &around) == 0 else { return }
        // The group may do no more than in the folder around; others nothing, wherever they are.
        let group = around.st_mode & (isFolder ? 0o2070 : 0o040)
        // File systems without modes refuse, and have none that differ.
        _ = fchmod(number, (isFolder ? 0o700 : 0o600) | group)
    }

    /// Removes an empty folder in this one; false if it isn't empty or is gone.
    func removeFolder(_ name: String) -> Bool { unlinkat(number, name, AT_REMOVEDIR) == 0 }

    /// Calls `body` with each name in this folder and what it is, in no order.
    func forEachName(_ body: ([UInt8], FileKind) throws(FileTrouble) -> Void) throws(FileTrouble) {
        // A descriptor of its own: the stream's place in the folder must not be shared with another scan.
        let own = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw .last("read the folder") }
        guard let stream = fdopendir(own) else {
            let trouble = FileTrouble.last("read the folder")
            close(own)
            throw trouble
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw .last("read the folder") }
                return
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            try body(name, FileKind(entry: entry.pointee.d_type))
        }
    }

    // MARK: Files

    /// Opens a file in this folder to read it; never through a symbolic link.
    func file(_ name: String) throws(FileTrouble) -> Descriptor {
        // Without O_NONBLOCK the opening of a pipe that somebody left there would never return.
        try Self.open(number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, "open the file")
    }

    /// Creates a file in this folder; fails if the name is taken.
    func create(_ name: String) throws(FileTrouble) -> Descriptor {
        try Self.open(number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "create the file")
    }

    /// Removes a file in this folder; false if there is none.
    func removeFile(_ name: String) throws(FileTrouble) -> Bool {
        if unlinkat(number, name, 0) == 0 { return true }
        // A folder under this name is no object.
        guard errno == ENOENT || errno == EISDIR else { throw .last("remove the file") }
        return false
    }

    /// Gives a file of this folder its final name, in place of what has it.
    func rename(_ name: String, to final: String) throws(FileTrouble) {
        guard renameat(number, name, number, final) == 0 else { throw .last("name the file") }
    }

    /// Gives a file of this folder its final name in one step, or fails with `EEXIST` when something has it.
    func renameIfAbsent(_ name: String, to final: String) throws(FileTrouble) {
        if martlet_rename_absent(number, name, final) == 0 { return }
        // NFS and older file systems have no such rename, but hard links, which are as atomic.
        guard errno == EINVAL || errno == ENOSYS || errno == ENOTSUP else { throw .last("name the file") }
        try link(name, to: final)
    }

    /// The way of ``renameIfAbsent(_:to:)`` for file systems without such a rename.
    func link(_ name: String, to final: String) throws(FileTrouble) {
        if linkat(number, name, number, final, 0) != 0 {
            let trouble = FileTrouble.last("name the file (the file system needs renameat2 or hard links)")
            // Over NFS an answer may be lost and the repeated request finds the first one's link.
            guard trouble.number == EEXIST, try status(of: name)?.links == 2 else { throw trouble }
        }
        _ = try removeFile(name)
    }

    /// What is known of a name in this folder, itself and not where it leads to; nil if it is not there.
    func status(of name: String) throws(FileTrouble) -> FileStatus? {
        var found = stat()
        guard fstatat(number, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw .last("look at the file") }
            return nil
        }
        return FileStatus(found)
    }

    // MARK: Bytes

    /// What is known of this file.
    func status() throws(FileTrouble) -> FileStatus {
        var found = stat()
        guard fstat(number, &found) == 0 else { throw .last("look at the file") }
        return FileStatus(found)
    }

    /// Up to `count` bytes from a place; fewer only at the end.
    func read(at offset: Int64, count: Int) throws(FileTrouble) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = pread(self.number, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    number = errno
                    return
                }
            }
        }
        guard number == 0 else { throw FileTrouble(number: number, operation: "read the file") }
        return bytes
    }

    /// Appends all bytes.
    func write(_ bytes: [UInt8]) throws(FileTrouble) {
        let number: Int32 = bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
                let put = Glibc.write(self.number, rest.baseAddress, rest.count)
                if put >= 0 {
                    done += put
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard number == 0 else { throw FileTrouble(number: number, operation: "write the file") }
    }

    /// Waits until file or folder is on the disk.
    func sync() throws(FileTrouble) {
        while fsync(number) != 0 {
            guard errno == EINTR else { throw .last("bring it to the disk") }
        }
    }

    private static func open(
        _ folder: Int32,
        _ name: String,
        _ flags: Int32,
        _ operation: String
    ) throws(FileTrouble) -> Descriptor {
        while true {
            let number = openat(folder, name, flags | O_CLOEXEC, 0o640)
            if number >= 0 { return Descriptor(number) }
            guard errno == EINTR else { throw .last(operation) }
        }
    }
}
