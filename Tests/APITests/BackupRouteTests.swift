// SPDX-License-Identifier: Apache-2.0
// Martlet: GET /v1/backups over the ledger's copy of the catalogues.

import Jobs
import Platform
import Testing
import TestSupport

@testable import API

@Suite("Backups over HTTP", .enabled(if: APIFixture.isAvailable, APIFixture.reason))
struct BackupRouteTests {
    private static let system = "7312645517896472345"
    private static let start = Timestamp(seconds: 1_796_000_000)

    private static func id(_ number: Int, _ method: String) -> String {
        "202611\(10 + number / 10)T0\(number % 10)0000Z-\(method)-00000\(number % 10)"
    }

    private static func backup(_ number: Int, _ method: String = "physical", system: String = system) -> BackupRecord {
        let began = start + .seconds(number * 3600)
        return BackupRecord(
            id: id(number, method),
            system: system,
            method: method,
            database: method == "logical" ? "app" : nil,
            isComplete: number % 7 != 6,
            isPinned: number == 1,
            began: began,
            ended: number % 7 == 6 ? nil : began + .seconds(251),
            plainBytes: 5_800_000_000,
            storedBytes: 1_290_000_000,
            details: #"{"server_version":150020,"timeline":1}"#
        )
    }

    private static func check(_ kind: String, _ number: Int, _ outcome: String, _ hours: Int) -> BackupCheckRecord {
        let began = start + .seconds(hours * 3600)
        var check = BackupCheckRecord(
            backup: id(number, "physical"),
            system: system,
            kind: kind,
            began: began,
            ended: began + .seconds(600),
            outcome: outcome,
            finding: outcome == "passed" ? nil : "volume-000003 is damaged"
        )
        guard kind == "drill", outcome == "passed" else { return check }
        (check.recoveryPoint, check.recoveryTime) = (.milliseconds(4_200), .milliseconds(312_800))
        check.timeObjective = .seconds(14_400)
        return check
    }

    private static func fill(_ ledger: Ledger) async throws {
        for number in 0..<20 { try await ledger.keep(backup(number, number % 3 == 2 ? "logical" : "physical")) }
        try await ledger.keep(backup(3, system: "9"))
        for check in [
            check("verify", 0, "passed", 30), check("verify", 1, "damaged", 31), check("drill", 0, "passed", 32),
            check("drill", 3, "failed", 33), check("verify", 3, "failed", 29),
        ] { try await ledger.keep(check) }
        try await ledger.keep(
            LogReceiverRecord(
                system: system,
                host: "db1",
                timeline: 1,
                position: "16/B374D848",
                lagBytes: 4_096,
                lag: .milliseconds(350),
                gaps: 0
            )
        )
    }

    @Test func theNewestOfEverythingIsShown() async throws {
        try await APIFixture.with("backups") { api async throws in
            #expect(try await api.get("/v1/backups").text == #"{"systems":[],"backups":[]}"#)
            try await Self.fill(api.service.pools.reads)
            let answer = try await api.get("/v1/backups?limit=1&system=\(Self.system)")
            #expect(answer.status == 200)
            #expect(answer["systems/0/system"] == Self.system)
            #expect(answer["systems/0/last_backup/physical"] == "2026-11-30T19:57:31.000000Z")
            #expect(answer["systems/0/last_verification/outcome"] == "damaged")
            #expect(answer["systems/0/last_drill/outcome"] == "failed")
            #expect(answer["systems/0/rto"] == "PT5M12.8S")
            #expect(answer["systems/0/rpo"] == "PT4.2S")
            #expect(answer["systems/0/receiver/lag"] == "PT0.35S")
            #expect(answer["backups/0/id"] == Self.id(19, "physical"))
            #expect(answer["backups/0/details/timeline"] == "1")
            #expect(answer["backups/0/duration"] == "PT4M11S")
            #expect(answer["backups/1/id"] == nil)
        }
    }

    @Test func pagesAndFiltersFindEachOnce() async throws {
        try await APIFixture.with("backuppages") { api async throws in
            try await Self.fill(api.service.pools.reads)
            func walk(_ filter: String) async throws -> [String] {
                var found: [String] = []
                var cursor = ""
                repeat {
                    let page = try await api.get("/v1/backups?limit=3\(filter)\(cursor)")
                    #expect(page.status == 200, "\(page.text)")
                    while let id = page["backups/\(found.count % 3)/id"], found.count < 100 {
                        found.append(id + "/" + (page["backups/\(found.count % 3)/system"] ?? ""))
                        if found.count % 3 == 0 { break }
                    }
                    cursor = page["next"].map { "&cursor=\($0)" } ?? ""
                } while !cursor.isEmpty
                return found
            }
            let all = try await walk("")
            #expect(all.count == 21)
            #expect(Set(all).count == 21)
            #expect(all == all.sorted(by: >))
            #expect(try await walk("&system=9") == [Self.id(3, "physical") + "/9"])
            #expect(try await walk("&method=logical").count == 6)
            #expect(try await walk("&state=unfinished").count == 2)
            #expect(try await walk("&state=verified").map { $0.hasPrefix(Self.id(0, "physical")) } == [true])
            #expect(try await walk("&state=damaged").map { $0.hasPrefix(Self.id(1, "physical")) } == [true])
            #expect(try await walk("&state=complete&system=\(Self.system)").count == 16)
        }
    }

    @Test func wrongParametersAreAllNamed() async throws {
        try await APIFixture.with("backupparams") { api async throws in
            let answer = try await api.get("/v1/backups?state=good&method=tape&system=x&cursor=b..&limit=0&x=1")
            #expect(answer.status == 400)
            #expect(Set(answer.places) == ["state", "method", "system", "cursor", "limit", "x"])
        }
    }

    @Test func aCopyIsReplacedAsAWhole() async throws {
        try await APIFixture.with("backupcopy") { api async throws in
            let ledger = api.service.pools.reads
            try await Self.fill(ledger)
            let kept = [Self.backup(19), Self.backup(21)]
            for _ in 0..<2 {
                try await ledger.replaceBackups(
                    of: Self.system,
                    with: kept,
                    checks: [Self.check("verify", 19, "passed", 40), Self.check("drill", 0, "passed", 32)]
                )
                let page = try await ledger.backups(BackupFilter(), limit: 100)
                #expect(page.items.map(\.backup) == [kept[1], kept[0], Self.backup(3, system: "9")])
                #expect(page.items.map(\.state) == [.complete, .verified, .complete])
            }
            #expect(try await api.sql("SELECT count(*) FROM backup_check") == "6")
        }
    }
}
