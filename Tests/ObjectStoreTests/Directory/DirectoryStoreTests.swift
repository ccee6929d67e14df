// SPDX-License-Identifier: Apache-2.0
// Martlet: what only a store of files can meet.
import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import ObjectStore

@Suite("A store in a folder")
struct DirectoryStoreTests {
    @Test("A missing folder is a mistake of the settings, a folder that goes away is not")
    func missing() async throws {
        let folder = try TestFolder()
        let trouble = await failure { () throws(ObjectStoreError) in
            _ = try await DirectoryStore(folder: folder.path + "/none")
        }
        #expect(trouble?.code == .unavailable, "\(String(describing: trouble))")
        let made = try await DirectoryStore(folder: folder.path + "/made", making: true)
        try await made.put([1], at: try key("a"), when: .absent)
        _ = try TestRedis.run("/bin/rm", ["-rf", folder.path + "/made"])
        let name = try key("a")
        let gone = await failure { () throws(ObjectStoreError) in _ = try await made.info(name) }
        #expect(gone?.code == .unavailable, "\(String(describing: gone))")
        let relative = await failure { () throws(ObjectStoreError) in _ = try await DirectoryStore(folder: "made") }
        #expect(relative?.code == .configuration)
    }

    @Test("Symbolic links are never followed")
    func links() async throws {
        let (folder, outside) = (try TestFolder(), try TestFolder())
        try outside.write("secret", "outside")
        try outside.write("b", "outside")
        #expect(symlink(outside.path, folder.path + "/linked") == 0)
        #expect(symlink(outside.path + "/secret", folder.path + "/file") == 0)
        #expect(symlink("/nowhere", folder.path + "/broken") == 0)
        let store = try await DirectoryStore(folder: folder.path)
        #expect(try await store.names() == [])
        for name in [try key("linked/secret"), try key("file"), try key("broken")] {
            let read = await failure { () throws(ObjectStoreError) in _ = try await store.get(name, limit: 100) }
            #expect(read?.code == .denied, "\(name): \(String(describing: read))")
        }
        #expect(try await store.info(try key("file")) == nil)
        let below = try key("linked/new")
        let write = await failure { () throws(ObjectStoreError) in try await store.put([1], at: below, when: .always) }
        #expect(write?.code == .denied && write?.message.contains("symbolic link") == true)
        let file = try key("file")
        let absent = await failure { () throws(ObjectStoreError) in try await store.put([1], at: file, when: .absent) }
        #expect(absent?.code == .exists)
        // The link itself is replaced, what it points to stays.
        try await store.put([1], at: file, when: .always)
        #expect(outside.files() == ["b", "secret"])
        let linked = try key("linked/b")
        #expect(await failure { () throws(ObjectStoreError) in try await store.remove([linked]) }?.code == .denied)
        #expect(outside.files() == ["b", "secret"])
    }

    @Test("Pipes, sockets and foreign names are no objects")
    func foreign() async throws {
        let folder = try TestFolder()
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        try folder.write("with space", "x")
        try folder.write(".hidden", "x")
        try folder.write("object", "x")
        let store = try await DirectoryStore(folder: folder.path)
        #expect(try await store.names() == ["object"])
        let pipe = try key("pipe")
        let read = await failure { () throws(ObjectStoreError) in _ = try await store.get(pipe, limit: 1) }
        #expect(read?.code == .notFound, "\(String(describing: read))")
    }

    @Test("A name can't be an object and a folder of objects")
    func conflict() async throws {
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        try await store.put([1], at: try key("a/b"), when: .absent)
        for (name, condition) in [("a", WriteCondition.absent), ("a", .always), ("a/b/c", .absent)] {
            let name = try key(name)
            let trouble = await failure { () throws(ObjectStoreError) in
                try await store.put([1], at: name, when: condition)
            }
            #expect(trouble?.code == .denied, "\(name) \(condition): \(String(describing: trouble))")
        }
        try await store.remove([try key("a")])
        #expect(folder.files() == ["a/b"])
    }

    @Test("A failed or abandoned write leaves no file")
    func nothingLeft() async throws {
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        let name = try key("a")
        try await store.put([1], at: name, when: .absent)
        _ = await failure { () throws(ObjectStoreError) in try await store.put([1], at: name, when: .absent) }
        do {
            let upload = try await store.upload(to: try key("b"), when: .absent)
            try await upload.write([1])
            #expect(folder.files().count == 2)
            await upload.abandon()
            #expect(folder.files() == ["a"])
            let forgotten = try await store.upload(to: try key("c/d"), when: .absent)
            try await forgotten.write([1])
        }
        #expect(folder.files() == ["a"])
    }

    @Test("Leftovers of killed writers are swept when they are old, others stay")
    func sweep() async throws {
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        try await store.put([1], at: try key("x/y/object"), when: .absent)
        try folder.write("x/y/.draft-old", "half")
        try folder.write("x/.draft-young", "half")
        try folder.write("x/.other", "not ours")
        var times = [timeval(tv_sec: time(nil) - 90_000, tv_usec: 0), timeval(tv_sec: time(nil) - 90_000, tv_usec: 0)]
        #expect(utimes(folder.path + "/x/y/.draft-old", &times) == 0)
        #expect(try await store.names() == ["x/y/object"])
        #expect(try await store.sweep(olderThan: .seconds(86_400)) == 1)
        #expect(folder.files() == ["x/.draft-young", "x/.other", "x/y/object"])
        #expect(try await store.sweep(olderThan: .seconds(-60)) == 1)
        #expect(folder.files() == ["x/.other", "x/y/object"])
    }

    @Test("Empty folders go away, also while others write into them")
    func emptyFolders() async throws {
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<50 {
                        let name = try key("p/q/r-\(worker)-\(round)")
                        try await store.put([1], at: name, when: .absent)
                        try await store.remove([name])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(folder.files() == [])
        #expect(access(folder.path + "/p", F_OK) != 0)
        #expect(access(folder.path, F_OK) == 0)
    }

    @Test("Hard links stand in where a file system has no exclusive rename")
    func hardLinks() throws {
        let folder = try TestFolder()
        let root = try Descriptor.folder(folder.path)
        try root.create(".draft-1").write([1])
        try root.link(".draft-1", to: "a")
        #expect(folder.files() == ["a"])
        try root.create(".draft-2").write([2])
        #expect(throws: FileTrouble.self) { try root.link(".draft-2", to: "a") }
        #expect(try root.file("a").read(at: 0, count: 10) == [1])
        // The lost answer of a link over NFS: the name is there already, and it is our own file's.
        #expect(link(folder.path + "/.draft-2", folder.path + "/b") == 0)
        try root.link(".draft-2", to: "b")
        #expect(folder.files() == ["a", "b"])
    }

    @Test("Any tree, prefix, place and limit: a page is what sorting all names gives", arguments: 0..<8)
    func pages(_ seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed) + 77)
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        let parts = ["a", "a-", "a.b", "a0", "b", "A", "_", "z=1"]
        var names: Set<String> = []
        for _ in 0..<80 {
            let depth = Int.random(in: 1...4, using: &generator)
            let name = (0..<depth).map { _ in parts.randomElement(using: &generator) ?? "a" }.joined(separator: "/")
            // A name can't be an object and a folder at once.
            guard !names.contains(where: { $0.hasPrefix(name + "/") || name.hasPrefix($0 + "/") || $0 == name }) else {
                continue
            }
            names.insert(name)
            try await store.put(Array(name.utf8), at: try key(name), when: .absent)
        }
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for _ in 0..<60 {
            let whole = sorted.randomElement(using: &generator) ?? ""
            let prefix = String(whole.prefix(Int.random(in: 0...whole.count, using: &generator)))
            let after = Bool.random(using: &generator) ? sorted.randomElement(using: &generator) : nil
            let limit = Int.random(in: 1...20, using: &generator)
            let page = try await store.list(prefix: prefix, after: after.flatMap { ObjectKey($0) }, limit: limit)
            let wanted = sorted.filter { name in
                name.hasPrefix(prefix) && (after.map { $0.utf8.lexicographicallyPrecedes(name.utf8) } ?? true)
            }
            let situation = "seed \(seed), prefix \(prefix), after \(after ?? "nothing"), limit \(limit)"
            #expect(page.objects.map(\.key.description) == Array(wanted.prefix(limit)), "\(situation)")
            #expect(page.hasMore == (wanted.count > limit), "\(situation)")
            #expect(page.objects.allSatisfy { $0.size == Int64($0.key.description.utf8.count) })
        }
    }

    @Test("A full disk is told as such and leaves nothing", .enabled(if: geteuid() == 0, "only root can mount"))
    func full() async throws {
        try await onMount("size=1m") { folder, store in
            let name = try key("large")
            let put = await failure { () throws(ObjectStoreError) in
                try await store.put(testBytes(2 << 20), at: name, when: .absent)
            }
            #expect(put?.code == .full && put?.message.contains("full") == true, "\(String(describing: put))")
            #expect(folder.files() == [])
            let upload = try await store.upload(to: name, when: .absent)
            let writes = await failure { () throws(ObjectStoreError) in
                for _ in 0..<8 { try await upload.write(testBytes(1 << 18)) }
            }
            #expect(writes?.code == .full)
            // The room is free again as soon as the failure is told, not when its owner lets the upload go.
            #expect(folder.files() == [])
            await upload.abandon()
            try await store.put(testBytes(500_000), at: name, when: .absent)
        }
    }

    @Test("A folder that may only be read", .enabled(if: geteuid() == 0, "only root can mount"))
    func readOnly() async throws {
        try await onMount("size=1m") { folder, store in
            let name = try key("object")
            try await store.put([1], at: name, when: .absent)
            #expect(try TestRedis.run("/bin/mount", ["-o", "remount,ro", folder.path]) == 0)
            let put = await failure { () throws(ObjectStoreError) in try await store.put([1], at: name, when: .always) }
            #expect(put?.code == .denied && put?.key == name, "\(String(describing: put))")
            #expect(await failure { () throws(ObjectStoreError) in try await store.remove([name]) }?.code == .denied)
            #expect(try await store.get(name, limit: 1) == [1])
        }
    }

    @Test("A disk that hangs gives an error, and holds up no more than its threads")
    func hanging() async throws {
        let threads = FileThreads(count: 2, limit: .milliseconds(200))
        // Hangs until it is let go, which is after all that is said here.
        let disk = DispatchSemaphore(value: 0)
        let isOver = Mutex(false)
        defer { disk.signal() }
        let trouble = await #expect(throws: FileTrouble.self) {
            try await threads.run { () throws(FileTrouble) in
                disk.wait()
                isOver.withLock { $0 = true }
            }
        }
        #expect(trouble?.code == .unavailable && trouble?.message.contains("longer than") == true)
        #expect(try await threads.run { () throws(FileTrouble) in 7 } == 7)
        #expect(!isOver.withLock { $0 })
    }

    private func onMount(_ options: String, _ body: (TestFolder, DirectoryStore) async throws -> Void) async throws {
        let folder = try TestFolder()
        let status = try TestRedis.run("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder.path])
        // A container's root may not mount, either.
        guard status == 0 else { return }
        defer { _ = try? TestRedis.run("/bin/umount", ["-l", folder.path]) }
        try await body(folder, try await DirectoryStore(folder: folder.path))
    }

    @Test(
        "100,000 objects of one folder are listed by pages in bounded memory",
        .enabled(if: WriterProcess.path != nil, "StoreWriter is not built (swift build makes it)")
    )
    func many() async throws {
        let (folder, said) = (try TestFolder(), try TestFolder())
        let count = 100_000
        mkdir(folder.path + "/many", 0o755)
        for number in 0..<count {
            let descriptor = creat(folder.path + "/many/" + String(number * 7_919 % count), 0o600)
            guard descriptor >= 0 else { throw ClusterFailure("can't make file \(number)") }
            close(descriptor)
        }
        let start = ContinuousClock.now
        let lister = try await WriterProcess.launch(["list", "file://\(folder.path)"], in: said)
        #expect(try await lister.waitForEnd(within: .seconds(300)) == .code(0))
        let figures = (WriterProcess.lines(in: said).last ?? "").split(separator: " ").compactMap { Int($0) }
        try #require(figures.count == 3, "\(WriterProcess.lines(in: said))")
        print(
            "100,000 objects listed in \(ContinuousClock.now - start), \(figures[2] - figures[1]) kB more than before"
        )
        #expect(figures[0] == count && figures[2] - figures[1] < 10_000)
    }
}
