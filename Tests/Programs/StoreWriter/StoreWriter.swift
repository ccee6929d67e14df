// SPDX-License-Identifier: Apache-2.0
// Martlet: a program for the tests of stores, which is killed while it writes, or measured.
import Glibc
import ObjectStore

/// `write ADDRESS` writes objects until it is killed and prints each name once it is written; `copy ADDRESS MIB` uploads and
/// downloads an object, and `list ADDRESS` lists all, and both print the memory in kB that they had first and at most.
@main
struct StoreWriter {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { exit(64) }
        let store = try await StoreAddress(parsing: arguments[2]).open()
        if arguments[1] == "copy", arguments.count == 4, let size = Int(arguments[3]) {
            try await copy(store, size)
        } else if arguments[1] == "list" {
            try await list(store)
        } else {
            try await write(store)
        }
        await store.close()
    }

    /// Several writers; each object's bytes are its name again and again, so that a reader knows them whole.
    private static func write(_ store: any ObjectStore) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0... {
                        // Small ones, some of several chunks, and some larger than a part.
                        let count = number % 11 == 10 ? 6 << 20 : number % 3 == 2 ? 300_000 : 1_000
                        guard let key = ObjectKey("w\(writer)/\(number % 5)/\(number)-\(count)") else { exit(70) }
                        let name = Array(key.description.utf8)
                        var bytes: [UInt8] = []
                        while bytes.count < count { bytes += name }
                        if number % 2 == 0 {
                            try await store.put(bytes, at: key, when: .absent)
                        } else {
                            let upload = try await store.upload(to: key, when: .absent)
                            for start in stride(from: 0, to: bytes.count, by: 100_000) {
                                try await upload.write(Array(bytes[start..<min(bytes.count, start + 100_000)]))
                            }
                            _ = try await upload.finish()
                        }
                        print("\(key) \(bytes.count)")
                        fflush(nil)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func copy(_ store: any ObjectStore, _ size: Int) async throws {
        guard let key = ObjectKey("copy") else { exit(70) }
        // The first call brings up TLS, threads and connections, which cost the same whatever the size.
        _ = try await store.info(key)
        let before = memory("VmRSS:")
        let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: index &* 31 ^ index >> 8) }
            count = buffer.count
        }
        let upload = try await store.upload(to: key, when: .absent)
        for _ in 0..<size { try await upload.write(chunk) }
        guard try await upload.finish().size == Int64(size) << 20 else { exit(70) }
        let written = memory("VmHWM:")
        let download = try await store.download(key, range: nil)
        var count = 0
        while let bytes = try await download.next() { count += bytes.count }
        guard count == size << 20 else { exit(70) }
        print("\(before) \(written) \(memory("VmHWM:"))")
    }

    private static func list(_ store: any ObjectStore) async throws {
        _ = try await store.list(prefix: "", after: nil, limit: 1)
        let before = memory("VmRSS:")
        var (last, count): (ObjectKey?, Int) = (nil, 0)
        while true {
            let page = try await store.list(prefix: "", after: last, limit: 1000)
            for object in page.objects {
                guard last.map({ $0 < object.key }) ?? true else { exit(70) }
                last = object.key
            }
            count += page.objects.count
            if !page.hasMore { break }
        }
        print("\(count) \(before) \(memory("VmHWM:"))")
    }

    private static func memory(_ field: String) -> Int {
        guard let file = fopen("/proc/self/status", "re") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 256)
        while fgets(&text, 256, file) != nil {
            let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count > 1, words[0] == field { return Int(words[1]) ?? 0 }
        }
        return 0
    }
}
