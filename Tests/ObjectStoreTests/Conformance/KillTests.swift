// SPDX-License-Identifier: Apache-2.0
// Martlet: writers that are killed, and what they leave.
import Glibc
import ObjectStore
import TestSupport
import Testing

@Suite("Killed writers", .enabled(if: WriterProcess.path != nil, "StoreWriter is not built (swift build makes it)"))
struct KillTests {
    @Test("kill -9 at any instant: what is listed is whole, what was acknowledged is listed", arguments: 0..<12)
    func directory(_ round: Int) async throws {
        let folder = try TestFolder()
        let store = try await DirectoryStore(folder: folder.path)
        try await check(store, address: "file://\(folder.path)", after: .milliseconds(150 + 61 * round))
        // What the killed one left is swept, and then nothing but objects is there.
        _ = try await store.sweep(olderThan: .seconds(-60))
        #expect(folder.files() == (try await store.names()))
    }

    @Test(
        "The same with a bucket",
        .enabled(if: TestTool.seaweed != nil, "\(TestTool.noSeaweed)"),
        arguments: 0..<4
    )
    func bucket(_ round: Int) async throws {
        let server = try await SeaweedServer.shared.value
        let store = try server.store()
        let address = store.place + "?endpoint=\(server.endpoint)&part-size=5MiB"
        try await check(store, address: address, after: .milliseconds(1500 + 307 * round))
        _ = try await store.sweep(olderThan: .seconds(-60))
        #expect(try await store.sweep(olderThan: .seconds(-60)) == 0)
        await store.close()
    }

    private func check(_ store: any ObjectStore, address: String, after time: Duration) async throws {
        let said = try TestFolder()
        let writer = try await WriterProcess.launch(["write", address], in: said)
        try await eventually("the writer has written") { !WriterProcess.lines(in: said).isEmpty }
        try await Task.sleep(for: time)
        await writer.kill()
        let names = try await store.names()
        let listed = Set(names)
        // The last line may be cut.
        let acknowledged = WriterProcess.lines(in: said).compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.count == 2 ? String(words[0]) : nil
        }
        #expect(acknowledged.allSatisfy { listed.contains($0) })
        for name in names {
            let bytes = try await store.downloadBytes(try key(name))
            let count = try #require(name.split(separator: "-").last.flatMap { Int($0) })
            let text = Array(name.utf8)
            #expect(bytes.count >= count && bytes.count < count + text.count && bytes.count % text.count == 0)
            #expect(bytes.indices.allSatisfy { bytes[$0] == text[$0 % text.count] })
        }
        print("killed after \(time): \(acknowledged.count) acknowledged, \(names.count) listed")
    }
}
