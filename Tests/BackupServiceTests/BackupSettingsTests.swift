// SPDX-License-Identifier: Apache-2.0
// Martlet: settings of martlet-backup: what is read, and what is refused.

import Logging
import Platform
import Postgres
import Recovery
import Synchronization
import Testing

@testable import BackupService

@Suite("Settings of martlet-backup")
struct BackupSettingsTests {
    private static let key = "test:" + String(repeating: "A", count: 43) + "="
    private static let base = ["MARTLET_BACKUP_STORES": "file:///tmp/x", "MARTLET_BACKUP_KEYS": key]

    private func settings(
        _ more: [String: String] = [:],
        for verb: BackupVerb = .list,
        without key: String? = nil
    ) throws -> BackupSettings {
        var environment = Self.base.merging(more) { $1 }
        if let key { environment[key] = nil }
        let reader = SettingsReader(arguments: ["martlet-backup"], environment: environment)
        let settings = BackupSettings(reader, for: verb)
        try reader.finish()
        return settings
    }

    private func problems(
        _ more: [String: String],
        for verb: BackupVerb = .list,
        without key: String? = nil
    ) -> [String] {
        do {
            _ = try settings(more, for: verb, without: key)
            return []
        } catch {
            return (error as? PlatformError)?.problems.map(\.key) ?? ["\(error)"]
        }
    }

    @Test func defaults() throws {
        let settings = try settings()
        #expect(settings.run.method == .physical)
        #expect(settings.run.rate == nil)
        #expect(settings.run.deadline == .seconds(86_400))
        #expect(settings.run.vault.compression == .zstd(level: 3))
        #expect(settings.place.isEncrypted && settings.place.keys?.acceptsPlain == false)
        #expect(settings.restore.target == .latest && settings.restore.action == .promote)
        #expect(settings.receiver.receiver?.slot == "martlet_backup")
        #expect(settings.reports.recoveryPoint == .seconds(900) && settings.reports.recoveryTime == .seconds(14_400))
        #expect(settings.schedule.entries.isEmpty)
        #expect(settings.drill.folder == nil && settings.drill.user == "postgres" && !settings.drill.isKept)
        #expect(settings.drill.beacon == .seconds(10) && settings.drill.witness == .seconds(60))
        #expect(settings.logging.format == .text)
        #expect(try self.settings(for: .serve).logging.format == .json)
    }

    @Test func storesAndKeysAreRequired() throws {
        #expect(problems([:], without: "MARTLET_BACKUP_STORES") == ["MARTLET_BACKUP_STORES"])
        #expect(problems([:], without: "MARTLET_BACKUP_KEYS") == ["MARTLET_BACKUP_KEYS"])
        // Making the first key needs neither.
        #expect(problems([:], for: .keys, without: "MARTLET_BACKUP_KEYS").isEmpty)
        // Unencrypted only when somebody says so.
        let plain = try settings(["MARTLET_BACKUP_ENCRYPTION": "none"], without: "MARTLET_BACKUP_KEYS")
        #expect(!plain.place.isEncrypted && plain.place.keys?.acceptsPlain == true)
    }

    @Test func secretsAreRefusedOnTheCommandLine() {
        let reader = SettingsReader(
            arguments: ["martlet-backup", "--martlet-backup-keys=\(Self.key)"],
            environment: ["MARTLET_BACKUP_STORES": "file:///tmp/x"]
        )
        _ = BackupSettings(reader, for: .list)
        #expect(throws: PlatformError.self) { try reader.finish() }
        #expect(!reader.describe().contains("AAAA"))
    }

    @Test func targets() throws {
        let at = try settings(["MARTLET_RESTORE_AT": "2026-11-28 14:05:00Z"])
        #expect(at.restore.target == .time(try Timestamp(parsing: "2026-11-28T14:05:00Z")))
        let position = try #require(LSN("0/3000148"))
        #expect(try settings(["MARTLET_RESTORE_LSN": "0/3000148"]).restore.target == .position(position))
        #expect(try settings(["MARTLET_RESTORE_XID": "730"]).restore.target == .transaction(730))
        #expect(try settings(["MARTLET_RESTORE_NAME": "before"]).restore.target == .name("before"))
        #expect(try settings(["MARTLET_RESTORE_IMMEDIATE": "true"]).restore.target == .immediate)
        for text in ["2026-11-28 16:05:00.5+02", "2026-11-28 12:35:00.5-01:30", "2026-11-28T14:05:00.5Z"] {
            #expect(RestoreTargets.time(text) == Timestamp(microseconds: 1_795_874_700_500_000), "\(text)")
        }
        #expect(problems(["MARTLET_RESTORE_AT": "yesterday"]) == ["MARTLET_RESTORE_AT"])
        // Without a zone a time means nothing.
        #expect(problems(["MARTLET_RESTORE_AT": "2026-11-28 14:05:00"]) == ["MARTLET_RESTORE_AT"])
        #expect(
            problems(["MARTLET_RESTORE_AT": "2026-11-28T14:05:00Z", "MARTLET_RESTORE_XID": "7"])
                == ["MARTLET_RESTORE_XID"]
        )
    }

    @Test func aRestoreHasOneDestination() {
        #expect(problems([:], for: .restore) == ["MARTLET_RESTORE_TO"])
        #expect(problems(["MARTLET_RESTORE_TO": "/data"], for: .restore).isEmpty)
        #expect(problems(["MARTLET_RESTORE_TO": "data"], for: .restore) == ["MARTLET_RESTORE_TO"])
        let both = ["MARTLET_RESTORE_TO": "/data", "MARTLET_RESTORE_DATABASE_URL": "postgres://h/d"]
        #expect(problems(both, for: .restore) == ["MARTLET_RESTORE_TO"])
        #expect(problems(both, for: .backup).isEmpty)
    }

    @Test func beforeNeedsSomethingToEndBefore() {
        let before = ["MARTLET_RESTORE_TO": "/data", "MARTLET_RESTORE_BEFORE": "true"]
        for more in [[:], ["MARTLET_RESTORE_IMMEDIATE": "true"], ["MARTLET_RESTORE_NAME": "here"]] {
            #expect(problems(before.merging(more) { $1 }, for: .restore) == ["MARTLET_RESTORE_BEFORE"], "\(more)")
        }
        for more in [["MARTLET_RESTORE_AT": "2026-11-28T14:05:00Z"], ["MARTLET_RESTORE_XID": "7"]] {
            #expect(problems(before.merging(more) { $1 }, for: .restore).isEmpty, "\(more)")
        }
    }

    @Test(arguments: [
        ("MARTLET_BACKUP_COMPRESSION", "zstd:20"), ("MARTLET_BACKUP_CHUNK_SIZE", "5MiB"),
        ("MARTLET_BACKUP_VOLUME_SIZE", "1KiB"), ("MARTLET_BACKUP_SYSTEM", "main"), ("MARTLET_BACKUP_METHOD", "magic"),
        ("MARTLET_BACKUP_RATE", "fast"), ("MARTLET_BACKUP_DEADLINE", "0"), ("MARTLET_BACKUP_SLOT", "Big Slot"),
        ("MARTLET_BACKUP_KEEP_COUNT", "-1"), ("MARTLET_BACKUP_KEEP_WINDOW", "long"),
        ("MARTLET_BACKUP_SCHEDULE_BACKUP", "daily-ish"), ("MARTLET_BACKUP_TIME_ZONE", "Mars/Olympus"),
        ("MARTLET_BACKUP_HEARTBEATS", "health:8082"), ("MARTLET_BACKUP_METRICS_FILE", "/tmp/metrics"),
        ("MARTLET_BACKUP_PUSHGATEWAY_LABELS", "job=x"), ("MARTLET_BACKUP_PUSHGATEWAY_LABELS", "a=1,a=2"),
        ("MARTLET_RESTORE_TABLESPACES", "a=b"), ("MARTLET_RESTORE_TIMELINE", "0"),
        ("MARTLET_BACKUP_KEYS", "short:AAAA"),
        ("MARTLET_BACKUP_LABEL", "two\nlines"), ("MARTLET_BACKUP_SIGNING_KEY", "short:AAAA"),
        ("MARTLET_BACKUP_TRUST", "none"), ("MARTLET_BACKUP_SECTIONS", "magic"),
        ("MARTLET_BACKUP_EXPORT_FILES", "health.yaml"),
        ("MARTLET_BACKUP_DRILL_FOLDER", "tmp"),
        ("MARTLET_BACKUP_BEACON", "10ms"), ("MARTLET_BACKUP_WITNESS", "2h"), ("MARTLET_BACKUP_SCHEDULE_DRILL", "soon"),
    ])
    func wrongValuesAreNamed(_ key: String, _ value: String) {
        #expect(problems([key: value]) == [key])
    }

    @Test func whatIsZeroIsNotDone() throws {
        let settings = try settings(["MARTLET_BACKUP_BEACON": "0", "MARTLET_BACKUP_WITNESS": "0"])
        #expect(settings.drill.beacon == nil && settings.drill.witness == nil)
        // A drill on schedule would fill the disk.
        let kept = ["MARTLET_BACKUP_DRILL_KEEP": "true"]
        #expect(try self.settings(kept, for: .drill).drill.isKept)
        #expect(try !self.settings(kept, for: .serve).drill.isKept)
    }

    @Test func mistakesOnTheSecondReadingLeaveTheOldSettings() throws {
        let values = Mutex(["MARTLET_BACKUP_RPO": "10m", "MARTLET_BACKUP_RATE": "1MiB"])
        let base = Self.base
        let pace = BytePace()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let live = LiveSettings(try settings(), pace: pace, logger: silent) {
            let environment = base.merging(values.withLock { $0 }) { $1 }
            let reader = SettingsReader(arguments: ["martlet-backup"], environment: environment)
            let settings = BackupSettings(reader, for: .serve)
            try reader.finish()
            return settings
        }
        #expect(live.read().settings.reports.recoveryPoint == .seconds(900))
        live.renew()
        #expect(live.read().settings.reports.recoveryPoint == .seconds(600))
        #expect(live.read().version == 1)
        #expect(pace.bytesPerSecond == 1 << 20)
        values.withLock { $0["MARTLET_BACKUP_RPO"] = "much" }
        live.renew()
        #expect(live.read().settings.reports.recoveryPoint == .seconds(600))
        #expect(live.read().version == 1)
    }

    @Test func allProblemsAtOnce() {
        let found = problems([
            "MARTLET_BACKUP_RATE": "fast", "MARTLET_BACKUP_SYSTEM": "main", "MARTLET_BACKUP_RAET": "1",
        ])
        #expect(Set(found) == ["MARTLET_BACKUP_RATE", "MARTLET_BACKUP_SYSTEM", "MARTLET_BACKUP_RAET"])
    }

    @Test func mistakesThatAreNotAboutTheLogDontStopIt() throws {
        func grave(
            _ more: [String: String],
            _ verb: BackupVerb,
            _ options: [String] = [],
            _ operands: [String] = []
        ) -> [String] {
            let environment = Self.base.merging(more) { $1 }
            let reader = SettingsReader(arguments: ["martlet-backup"] + options, environment: environment)
            _ = BackupSettings(reader, for: verb)
            do {
                let told = try reader.finish(tolerating: { verb.tolerates($0, operands) })
                #expect(told.count == more.count, "what is tolerated is told")
                return []
            } catch {
                return error.problems.map(\.key)
            }
        }
        let others = [
            "MARTLET_BACKUP_SCHEDULE_BACKUP": "daily-ish", "MARTLET_BACKUP_RAET": "1", "MARTLET_BACKUP_RPO": "much",
            "MARTLET_BACKUP_SIGNING_KEY_FILE": "/nowhere/at/all", "DATABASE_URL": "what",
        ]
        for verb in [BackupVerb.walPush, .walFetch] {
            #expect(grave(others, verb).isEmpty)
            let own = others.merging(["MARTLET_BACKUP_COMPRESSION": "zstd:20", "MARTLET_BACKUP_SYSTEM": "x"]) { $1 }
            #expect(Set(grave(own, verb)) == ["MARTLET_BACKUP_COMPRESSION", "MARTLET_BACKUP_SYSTEM"])
            #expect(grave(others, verb, ["--martlet-backup-raet=1"]) == ["--martlet-backup-raet"])
        }
        #expect(grave(others, .backup).count == others.count)
        // What `keys generate ID > FILE` is to make may be what the settings name.
        let making = ["MARTLET_BACKUP_KEYS_FILE": "/dev/null"]
        #expect(grave(making, .keys, [], ["generate", "ops"]).isEmpty)
        #expect(grave(making, .keys, [], ["rewrap"]) == ["MARTLET_BACKUP_KEYS"])
    }

    /// What this program reads is no mistake in the environment of another one, and the other way round.
    @Test func siblingsKnowEachSetting() {
        let reader = SettingsReader(arguments: ["martlet-backup"], environment: Self.base)
        _ = BackupSettings(reader, for: .serve)
        let read = reader.describe().split(separator: "\n").map { String($0.prefix { $0 != " " }) }
        let own = Set(read.filter { $0.hasPrefix("MARTLET_") })
        #expect(own.subtracting(SiblingSettings.names).isEmpty)
        let listed = SiblingSettings.names.filter {
            $0.hasPrefix("MARTLET_BACKUP_") || $0.hasPrefix("MARTLET_RESTORE_")
        }
        // The port that ./dev chooses, by the name under which its children see it.
        #expect(listed.subtracting(own) == ["MARTLET_BACKUP_PORT"], "listed and read by nobody")
    }
}
