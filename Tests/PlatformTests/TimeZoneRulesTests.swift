// SPDX-License-Identifier: Apache-2.0
// Martlet: time zones against Python's zoneinfo, and files that are wrong.
import TestSupport
import FoundationEssentials
import Testing

@testable import Platform

@Suite struct TimeZoneRulesTests {
    private func local(_ text: String) throws -> LocalDateTime {
        LocalDateTime(seconds: try Timestamp(parsing: text + "Z").wholeSeconds)
    }

    @Test func gapsAndFolds() throws {
        let berlin = try TimeZoneRules(identifier: "Europe/Berlin")
        #expect(berlin.offset(at: try Timestamp(parsing: "2026-03-29T00:59:59Z")) == 3600)
        #expect(berlin.offset(at: try Timestamp(parsing: "2026-03-29T01:00:00Z")) == 7200)
        #expect(berlin.local(try Timestamp(parsing: "2026-03-29T01:00:00.9Z")).description == "2026-03-29T03:00:00")
        #expect(berlin.instants(of: try local("2026-03-29T02:30:00")).isEmpty)
        let twice = berlin.instants(of: try local("2026-10-25T02:30:00")).map(\.description)
        #expect(twice == ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"])
        // A century beyond the table the rule at the end of the file holds.
        #expect(berlin.offset(at: try Timestamp(parsing: "2126-07-01T00:00:00Z")) == 7200)
        #expect(berlin.offset(at: try Timestamp(parsing: "2126-12-01T00:00:00Z")) == 3600)
        // A whole day that Samoa skipped.
        let apia = try TimeZoneRules(identifier: "Pacific/Apia")
        #expect(apia.instants(of: try local("2011-12-30T12:00:00")).isEmpty)
        #expect(
            apia.instants(of: try local("2011-12-31T00:00:00")).map(\.description) == ["2011-12-30T10:00:00.000000Z"]
        )
        #expect(TimeZoneRules.utc.local(Timestamp(seconds: 0)).weekday == 4)
        #expect(berlin.local(Timestamp(microseconds: .max)).year > 9999)
    }

    @Test(.enabled(if: PythonTool.system != nil, "no python3"))
    func agreesWithZoneinfo() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of zones: \(seed)")
        var generator = SeededGenerator(seed: seed)
        let names = TimeZoneRules.names(in: TimeZoneRules.systemDirectory)
        #expect(names.count > 300)
        var lines = ""
        for name in names {
            let zone = try TimeZoneRules(identifier: name)
            // zoneinfo takes another offset before the first change, so start behind it.
            let first = (zone.file.changes.first ?? -2_000_000_000) + 200_000
            for index in 0..<40 {
                var time = Int64.random(in: first...6_000_000_000, using: &generator)
                // Half of them beside a change, in the table or of the rule.
                if index % 2 == 0, let end = zone.period(at: time).end {
                    time = end + Int64.random(in: -2...2, using: &generator)
                }
                lines += "o \(name) \(time) \(zone.offset(at: Timestamp(seconds: time)))\n"
                var shown = time + Int64(zone.period(at: time).offset)
                if index % 3 == 0 { shown += Int64.random(in: -7200...7200, using: &generator) }
                let instants = zone.instants(ofSeconds: shown).map { "\($0)" }.joined(separator: ",")
                lines += "i \(name) \(shown) \(instants)\n"
            }
        }
        let folder = try TemporaryFolder()
        let file = try folder.write("zones", lines)
        try PythonTool.run("check_zones.py", PythonTool.system, "'\(file)'", in: folder)
    }

    @Test(arguments: [
        ("Europe/Berln", "did you mean Europe/Berlin?"), ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Berlin", "did you mean Europe/Berlin?"), ("Mars/Olympus_Mons", "names are those of the IANA database"),
        ("Europe", "is not a known time zone"), ("../../etc/passwd", "is not the name"),
        ("/etc/passwd", "is not the name"),
        ("Europe/../UTC", "is not the name"), ("", "is not the name"), ("Europe//Berlin", "is not the name"),
        ("Europe/Berlin\n", "is not the name"), (".", "is not the name"), ("a\u{0}b", "is not the name"),
        (String(repeating: "a", count: 65), "is not the name"),
    ])
    func unknownNamesAreTold(name: String, hint: String) {
        let error = #expect(throws: PlatformError.self) { try TimeZoneRules(identifier: name) }
        #expect(error?.code == .invalidText && error?.message.contains(hint) == true, "\(error?.message ?? "")")
    }

    @Test func damagedFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        let good = try FileText.bytes(path: TimeZoneRules.systemDirectory + "/Europe/Berlin", limit: 65_536)
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of damage: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for count in stride(from: 0, to: good.count - 1, by: 7) {
            #expect(throws: PlatformError.self) { try TimeZoneFile(bytes: Array(good.prefix(count))) }
        }
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            // Whatever is in it, it is read or refused; what was read can be asked.
            guard let file = try? TimeZoneFile(bytes: bytes) else { continue }
            let zone = TimeZoneRules(identifier: "X", file: file)
            #expect((-89_999...93_599).contains(zone.offset(at: Timestamp(seconds: 1_700_000_000))))
            #expect(zone.instants(ofSeconds: 1_700_000_000).count <= 4)
        }
        _ = try folder.write("Etc/Text", "TZif is what this is not")
        let error = #expect(throws: PlatformError.self) {
            try TimeZoneRules(identifier: "Etc/Text", directory: folder.path)
        }
        #expect(error?.code == .file && error?.message.contains("Etc/Text") == true)
        _ = try folder.write("Etc/Long", String(repeating: "x", count: TimeZoneFile.maximumSize + 1))
        #expect(throws: PlatformError.self) { try TimeZoneRules(identifier: "Etc/Long", directory: folder.path) }
        #expect(try TimeZoneRules(identifier: "UTC", directory: folder.path + "/none") == .utc)
        let missing = #expect(throws: PlatformError.self) {
            try TimeZoneRules(identifier: "Europe/Berlin", directory: folder.path + "/none")
        }
        #expect(missing?.message.contains("there is no time zone database") == true)
    }

    @Test(arguments: [
        "", "CET", "C1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-25", "CET-1CEST,J0,J300", "CET-1CEST,J1,366", "CET-1CEST,J1,J300/168",
        "<CET-1", "CET-1:60", "CET-1CEST,M3.5.0,M10.5.0/3x",
    ])
    func rulesThatAreNone(text: String) {
        #expect(POSIXTimeZone(text.utf8) == nil)
    }

    @Test func rulesOfAllForms() throws {
        let year = try Timestamp(parsing: "2024-01-01T00:00:00Z").wholeSeconds
        let day: Int64 = 86_400
        // Day 60 of a leap year is 1 March as J60, and 29 February, counted from 0, as 59.
        let julian = try #require(POSIXTimeZone("AAA0BBB,J60/0,J300/0".utf8))
        #expect(julian.period(at: year + 60 * day).start == year + 60 * day)
        let ordinal = try #require(POSIXTimeZone("AAA0BBB,59/0,J300/0".utf8))
        #expect(ordinal.period(at: year + 60 * day).start == year + 59 * day)
        let always = try #require(POSIXTimeZone("XXX3EDT4,0/0,J365/23".utf8))
        for hour in 0..<(366 * 24) { #expect(always.period(at: year + Int64(hour) * 3600).offset == -4 * 3600) }
        let quoted = try #require(POSIXTimeZone("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1".utf8))
        #expect(quoted.offset == -10_800 && quoted.summer?.start.time == -7200)
        let south = try #require(POSIXTimeZone("AEST-10AEDT,M10.1.0,M4.1.0/3".utf8))
        #expect(south.period(at: year).offset == 39_600)
    }

    @Test func localTimesAreChecked() throws {
        #expect(LocalDateTime(year: 2026, month: 2, day: 29) == nil)
        #expect(LocalDateTime(year: 2026, month: 1, day: 1, hour: 24) == nil)
        #expect(LocalDateTime(year: 10_000, month: 1, day: 1) == nil)
        let leap = try #require(LocalDateTime(year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59))
        #expect(leap.weekday == 4 && leap.description == "2024-02-29T23:59:59")
        #expect(LocalDateTime(seconds: leap.seconds) == leap)
    }
}
