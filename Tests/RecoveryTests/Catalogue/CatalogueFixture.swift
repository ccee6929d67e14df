// SPDX-License-Identifier: Apache-2.0
// Martlet: a store with entries and results that are sealed as real ones are.

import ObjectStore
import Platform

@testable import Recovery

/// A store in memory, a key, and one system's things in it.
struct CatalogueFixture {
    static let system = SystemID(7_312_645_517_896_472_345)
    static let now = Timestamp(seconds: 1_796_000_000)
    let layout = StoreLayout(Self.system)
    let keys: KeyRing
    let store = ScriptedStore(clock: { Self.now })

    init() throws {
        keys = try KeyRing(parsing: Secret("k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
    }

    /// Puts a finished backup there that ended so many hours ago.
    @discardableResult
    func backup(
        _ hours: Double,
        _ method: BackupMethod = .physical,
        _ change: (inout BackupFacts) -> Void = { _ in }
    ) async throws -> BackupID {
        let ended = Self.now + .seconds(-hours * 3600)
        let began = ended + .seconds(-251)
        let id = BackupID(began: began, method: method, random: UInt32(hours))
        var facts = BackupFacts(began: began, serverVersion: 150_020)
        change(&facts)
        let key = DataKey()
        try await BackupHead.write(key, at: layout.path(of: id), in: store, keys: keys, when: .absent)
        let entry = CatalogueEntry(
            id: id,
            system: Self.system,
            facts: facts,
            ended: ended,
            plainSize: 5_800_000_000,
            storedSize: 1_290_000_000,
            compression: .zstd(level: 3),
            isEncrypted: true,
            keyID: "k1",
            program: "1.0",
            volumes: [],
            archives: [],
            attempt: 1,
            index: IndexSummary(size: 1, sum: SHA256Sum(of: []))
        )
        try await entry.save(in: store, key: key)
        store.plant(layout.path(of: id).volume(1), at: ended)
        return id
    }

    func check(_ kind: CheckKind, _ id: BackupID, _ hours: Double, _ outcome: CheckOutcome) async throws {
        let began = Self.now + .seconds(-hours * 3600)
        var result = CheckResult(
            kind,
            of: id,
            system: Self.system,
            began: began,
            ended: began + .seconds(600),
            outcome: outcome
        )
        result.recoveryPoint = .milliseconds(4_200)
        result.recoveryTime = .milliseconds(312_800)
        result.timeObjective = .seconds(14_400)
        try await result.save(in: store, keys: keys)
    }
}
