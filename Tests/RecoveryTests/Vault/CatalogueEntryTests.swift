// SPDX-License-Identifier: Apache-2.0
// Martlet: entries of the catalogue.

import ObjectStore
import Platform
import Postgres
import Testing

@testable import Recovery

@Suite("Entries of the catalogue")
struct CatalogueEntryTests {
    @Test("An entry is read back with all its facts, and by other programs as JSON")
    func roundTrip() async throws {
        let fixture = try VaultFixture(seed: 50)
        let store = MemoryStore()
        let writer = try await BackupWriter.begin(
            fixture.id,
            of: VaultFixture.system,
            in: store,
            keys: fixture.keys,
            options: fixture.options,
            pace: BytePace(),
            progress: BackupProgress()
        )
        var facts = fixture.facts()
        facts.startLSN = LSN("0/3000028")
        facts.endLSN = LSN("16/B374D848")
        facts.snapshot = "100:105:101,103"
        facts.database = "martlet"
        facts.host = "db.internal"
        let entry = try await writer.finish(facts)
        #expect(try await fixture.load(from: store) == entry)
        #expect(entry.facts == facts)
        let text = String(decoding: try #require(store.objects[fixture.path.entry]), as: UTF8.self)
        for part in [
            "\"id\":\"\(fixture.id)\"", "\"system\":\"7312345678901234567\"", "\"start_lsn\":\"0/3000028\"",
            "\"server_version\":150020", "\"began\":\"2026-11-18T11:06:40.000000Z\"", "\"encryption\":\"aes-256-gcm\"",
            "\"key\":\"first\"", "\n{\"seal\":\"hmac-sha256:",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(text.split(separator: "\n").count == 2)
    }

    @Test("Unknown members are ignored, other versions are refused, and forgery needs the key")
    func versions() async throws {
        let fixture = try VaultFixture(seed: 51)
        let store = MemoryStore()
        let entry = try await fixture.write(to: store)
        let path = fixture.path
        let key = try await BackupHead.read(at: path, in: store, keys: fixture.keys).key
        let json = String(decoding: try JSONDocument.encode(entry), as: UTF8.self)
        func put(_ text: String, _ key: DataKey?) {
            store.objects[path.entry] = SealedDocument(Array(text.utf8), name: path.entry, key: key).encoded
        }
        put(json.replacing("{\"", with: "{\"later\":[{}],\"", maxReplacements: 1), key)
        #expect(try await fixture.load(from: store) == entry)

        put(json.replacing("\"format\":1", with: "\"format\":2"), key)
        let error = await #expect(throws: RecoveryError.self) { _ = try await fixture.load(from: store) }
        #expect(error?.code == .damaged)
        #expect(error?.message == "the document can't be read: 'format' is wrong")

        for forger in [nil, DataKey()] {
            put(json.replacing("nightly", with: "weekly"), forger)
            #expect(await code { _ = try await fixture.load(from: store) } == .damaged)
            let unseen = try await CatalogueEntry.load(fixture.id, of: VaultFixture.system, in: store, keys: nil)
            #expect(unseen.entry.facts.label == "weekly")
            #expect(unseen.standing == .unverified("no keys were given"))
        }
    }

    @Test("A missing backup is not found")
    func missing() async throws {
        let fixture = try VaultFixture(seed: 52)
        #expect(await code { _ = try await fixture.load(from: MemoryStore()) } == .notFound)
    }

    @Test("Names of archives are checked")
    func names() {
        for text in ["base.tar", "data/public.job", "data/Größe \"x\"", String(repeating: "a", count: 1_024)] {
            #expect(ArchiveName(text) != nil, "\(text)")
        }
        for text in [
            "", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\nb", "a\u{7F}", String(repeating: "a", count: 1_025),
        ] {
            #expect(ArchiveName(text) == nil, "\(text)")
        }
    }
}
