// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the form of exports: what is signed, sealed and refused.

import ObjectStore
import Platform
import Testing

@testable import Recovery

@Suite("Signed exports")
struct OpenedExportTests {
    private func code(_ body: () throws -> Void) -> RecoveryError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? RecoveryError)?.code
        }
    }

    @Test func whatWasExportedComesBackAndNoSecretIsInTheClear() throws {
        let fixture = try ExportFixture()
        let bytes = try fixture.export()
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(#""queues":[{"name":"default"},{"name":"mail"}]"#))
        for secret in ["example.org", "h.example", "00ff", "whsec", "8080", "checks: []"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        let contents = try ExportFixture.contents
        #expect(try fixture.open(bytes) == contents)
        let opened = try OpenedExport(bytes, trusted: [fixture.signing.trusted])
        #expect(opened.facts == ExportFixture.facts && opened.signer == "ops")
        #expect(opened.sections == Set(ExportSection.allCases))
        // What is not sealed needs no key.
        let some = try opened.contents([.queues], keys: .plain)
        #expect(some.counts.map(\.section) == [.queues] && some.queues?.count == 2)
    }

    @Test func eachChangedByteIsRefused() throws {
        let fixture = try ExportFixture()
        let bytes = try fixture.export()
        for offset in bytes.indices {
            for change: UInt8 in [1, 0x20, 0x80] {
                var damaged = bytes
                damaged[offset] ^= change
                let found = code { _ = try fixture.open(damaged) }
                #expect(
                    found == .damaged || found == .wrongKey,
                    "byte \(offset) ^ \(change): \(String(describing: found))"
                )
            }
        }
        for count in [0, 1, bytes.count / 2, bytes.count - 1] {
            #expect(code { _ = try fixture.open(Array(bytes[..<count])) } == .damaged, "cut at \(count)")
        }
        #expect(code { _ = try fixture.open(bytes + [UInt8(ascii: " ")]) } == .damaged)
        #expect(code { _ = try fixture.open([UInt8(ascii: "\n")] + bytes) } == .damaged)
        // A valid line in another spelling.
        let spaced = String(decoding: bytes, as: UTF8.self).replacing(#""signature":"#, with: #""signature": "#)
        #expect(code { _ = try fixture.open(Array(spaced.utf8)) } == .damaged)
    }

    @Test func onlyThoseWhoAreTrustedAreBelieved() throws {
        let (fixture, stranger) = (try ExportFixture(), try ExportFixture())
        let bytes = try fixture.export()
        // Another key of the same id, which is what a forger would take.
        #expect(code { _ = try OpenedExport(bytes, trusted: [stranger.signing.trusted]) } == .damaged)
        let other = try #require(SigningKey.generate(id: "other").flatMap { SigningKey(parsing: $0) })
        let error = #expect(throws: RecoveryError.self) { try OpenedExport(bytes, trusted: [other.trusted]) }
        #expect(error?.code == .wrongKey)
        #expect(error?.message == "the export says that 'ops' signed it, and trusted: other")
        #expect(code { _ = try OpenedExport(bytes, trusted: []) } == .wrongKey)
        _ = try OpenedExport(bytes, trusted: [other.trusted, fixture.signing.trusted])
    }

    @Test func sealedSectionsNeedTheKeyAndStayWhereTheyAre() throws {
        let fixture = try ExportFixture()
        let opened = try OpenedExport(try fixture.export(), trusted: [fixture.signing.trusted])
        #expect(code { _ = try opened.contents([.subscribers], keys: try VaultFixture.ring(["second"])) } == .wrongKey)
        // Nothing secret without a key, whatever backups are.
        let error = #expect(throws: RecoveryError.self) {
            try OpenedExport.encode(
                try ExportFixture.contents,
                ExportFixture.facts,
                keys: .plain,
                signedBy: fixture.signing
            )
        }
        #expect(error?.code == .request && error?.message.contains("--section queues,maintenance") == true)
        // A section of another export is not taken for this one's.
        var later = ExportFixture.facts
        later = ExportFacts(
            system: later.system,
            exported: later.exported + .seconds(1),
            migration: later.migration,
            program: later.program
        )
        let rows = try SealedRows(
            try #require(try ExportFixture.contents.subscribers),
            name: try ExportFixture.facts.name(of: .subscribers),
            keys: fixture.keys
        )
        #expect(
            code {
                _ = try rows.open(ExportedSubscriber.self, name: try later.name(of: .subscribers), keys: fixture.keys)
            } == .damaged
        )
    }

    @Test(arguments: [
        (#""version":1"#, #""version":2"#, RecoveryError.Code.request, "of version 2"),
        (#""sections":{"#, #""sections":{"magic":[],"#, .request, "a section 'magic'"),
        (#""format":"martlet-export""#, #""format":"other""#, .damaged, "it is none"),
        (#""queues":[{"name""#, #""queues":[{"nome""#, .damaged, "can't be read"),
    ])
    func whatIsSignedAndNotUnderstoodIsNamed(
        _ part: String,
        _ other: String,
        _ code: RecoveryError.Code,
        _ words: String
    ) throws {
        let fixture = try ExportFixture()
        let body = String(decoding: try fixture.export().prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        #expect(body.contains(part))
        let bytes = try SignedDocument(Array(body.replacing(part, with: other).utf8), by: fixture.signing).encoded()
        let error = #expect(throws: RecoveryError.self) { _ = try fixture.open(bytes) }
        #expect(error?.code == code && error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test func keysAreShownByTheirPublicHalves() throws {
        let fixture = try ExportFixture()
        let line = try #require(SigningKey.generate(id: "a"))
        let key = try #require(SigningKey(parsing: line))
        #expect(!"\(key)".contains(line.dropFirst(2)) && !String(reflecting: key).contains(line.dropFirst(2)))
        #expect(TrustedKey(parsing: "\(key.trusted)") == key.trusted)
        for wrong in ["", "a", "a:", ":AAAA", "a b:" + line.dropFirst(2), line + "=", "a:AAAA"] {
            #expect(SigningKey(parsing: wrong) == nil && TrustedKey(parsing: wrong) == nil, "\(wrong)")
        }
        #expect(SigningKey.generate(id: "a:b") == nil)
        #expect(fixture.signing.id == "ops")
    }

    @Test func theStoreKeepsThemByTime() async throws {
        let (fixture, store) = (try ExportFixture(), MemoryStore())
        let exports = StoredExports(of: VaultFixture.system, in: store)
        let open = { (bytes: [UInt8]) throws(RecoveryError) in
            try OpenedExport(bytes, trusted: [fixture.signing.trusted])
        }
        await #expect(throws: RecoveryError.self) { try await exports.load(nil, open) }
        let first = try await exports.save(try fixture.export(), ExportFixture.facts)
        let later = ExportFacts(
            system: VaultFixture.system,
            exported: VaultFixture.began + .milliseconds(1),
            migration: 7,
            program: "1.0"
        )
        let second = try await exports.save(try fixture.export(nil, later), later)
        #expect(first < second && StoredExports.isName(later.name) && !StoredExports.isName("latest"))
        #expect(try await exports.load(nil, open).0 == second)
        #expect(try await exports.load(ExportFixture.facts.name, open).0 == first)
        // A damaged one is read from another store.
        let far = MemoryStore(place: "memory://far")
        far.objects = store.objects
        store.objects[second]?[10] ^= 1
        await #expect(throws: RecoveryError.self) { try await exports.load(nil, open) }
        let both = StoredExports(of: VaultFixture.system, in: try MirroredStore([store, far]))
        #expect(try await both.load(nil, open).0 == second)
        // Each is written once.
        await #expect(throws: RecoveryError.self) { try await exports.save([1], later) }
        await #expect(throws: RecoveryError.self) { try await exports.load("20000101T000000.000Z", open) }
    }
}
