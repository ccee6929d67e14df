// SPDX-License-Identifier: Apache-2.0
// Martlet: cron through every kind of change of clocks, against a slow reference and the library croniter.
import TestSupport
import FoundationEssentials
import Testing

@testable import Platform

@Suite struct CronExpressionTests {
    private func next(_ text: String, after: String, in zone: String, again: Bool = false) throws -> [String] {
        var expression = try CronExpression(text)
        expression.firesAgainInFolds = again
        let zone = try TimeZoneRules(identifier: zone)
        var time = try Timestamp(parsing: after)
        var found: [String] = []
        for _ in 0..<3 {
            time = try #require(expression.next(after: time, in: zone))
            found.append(time.formatted(fractionDigits: 0))
        }
        return found
    }

    @Test(arguments: [
        // In a gap: at the first instant after it.
        (
            "30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]
        ),
        (
            "*/20 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T00:20:00Z"]
        ),
        // In a fold: once, at the first.
        (
            "30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"]
        ),
        (
            "*/30 * * * *", "2026-10-25T00:10:00Z", "Europe/Berlin",
            ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]
        ),
        // Midnight that does not exist.
        (
            "@daily", "2018-11-03T12:00:00Z", "America/Sao_Paulo",
            ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", "2018-11-06T02:00:00Z"]
        ),
        // A day that does not exist.
        (
            "0 12 30 12 *", "2011-12-01T00:00:00Z", "Pacific/Apia",
            ["2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z", "2013-12-29T22:00:00Z"]
        ),
        (
            "0 12 L * *", "2026-01-31T12:00:00Z", "UTC",
            ["2026-02-28T12:00:00Z", "2026-03-31T12:00:00Z", "2026-04-30T12:00:00Z"]
        ),
        (
            "0 0 29 2 *", "2096-03-01T00:00:00Z", "UTC",
            ["2104-02-29T00:00:00Z", "2108-02-29T00:00:00Z", "2112-02-29T00:00:00Z"]
        ),
        (
            "15,45 30 9 * * MON", "2026-01-05T09:30:15Z", "UTC",
            ["2026-01-05T09:30:45Z", "2026-01-12T09:30:15Z", "2026-01-12T09:30:45Z"]
        ),
        (
            "0 0 13 * FRI", "2026-02-01T00:00:00Z", "UTC",
            ["2026-02-06T00:00:00Z", "2026-02-13T00:00:00Z", "2026-02-20T00:00:00Z"]
        ),
        (
            "0 0 */2 * FRI", "2026-02-01T00:00:00Z", "UTC",
            ["2026-02-13T00:00:00Z", "2026-02-27T00:00:00Z", "2026-03-13T00:00:00Z"]
        ),
        (
            "0 0 * * 7", "2026-02-01T00:00:00Z", "UTC",
            ["2026-02-08T00:00:00Z", "2026-02-15T00:00:00Z", "2026-02-22T00:00:00Z"]
        ),
        (
            "0 0 * * fri-sun", "2026-02-05T00:00:00Z", "UTC",
            ["2026-02-06T00:00:00Z", "2026-02-07T00:00:00Z", "2026-02-08T00:00:00Z"]
        ),
        (
            "@weekly", "2026-02-01T00:00:00.000001Z", "UTC",
            ["2026-02-08T00:00:00Z", "2026-02-15T00:00:00Z", "2026-02-22T00:00:00Z"]
        ),
        (
            "@yearly", "2025-12-31T23:59:59.999999Z", "UTC",
            ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"]
        ),
    ])
    func fires(text: String, after: String, zone: String, expected: [String]) throws {
        #expect(try next(text, after: after, in: zone) == expected)
    }

    @Test func intervalsMayGoOnInFolds() throws {
        let found = try next("*/30 * * * *", after: "2026-10-25T00:10:00Z", in: "Europe/Berlin", again: true)
        #expect(found == ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"])
    }

    @Test(arguments: [
        ("* * * *", "this one has 4"), ("", "this one has 0"), ("* * * * * * *", "this one has 7"),
        ("60 * * * *", "minute has \"60\" at column 1; allowed: *, 0 to 59"),
        ("* 24 * * *", "hour has \"24\" at column 3"), ("*  5-x * * *", "hour has \"x\" at column 6"),
        ("0 0 0 * *", "day of the month has \"0\" at column 5"),
        ("0 0 1 JANUARY *", "month has \"JANUARY\" at column 7"),
        ("0 0 * * 8", "day of the week has \"8\" at column 9; allowed: *, 0 to 7, SUN to SAT"),
        ("*/0 * * * *", "minute has the step \"0\" at column 3; allowed: a step from 1 to 59"),
        ("1,,2 * * * *", "minute has an empty part at column 3"),
        ("0 22-4 * * *", "hour has the range \"22-4\", which falls"),
        ("-1 * * * *", "minute has an empty part at column 1"), ("0 0 * * L", "day of the week has \"L\""),
        ("0 0 L-3 * *", "day of the month has \"L\""), ("+5 * * * *", "minute has \"+5\""), ("0 0 * * 5#2", "\"5#2\""),
        ("0 0 30 2 *", "never fires"), ("0 0 31 2,4,6,9,11 *", "never fires"), ("0 0 30,31 FEB */2", "never fires"),
        ("@reboot", "is one of @annually @daily"), (String(repeating: "1", count: 300), "at most 256 bytes"),
        ("\u{1}é * * * *", "minute has \"??\""),
    ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: PlatformError.self) { try CronExpression(text) }
        #expect(error?.code == .invalidText && error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    private static let changes = [
        ("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25"), ("America/New_York", "2026-11-01"),
        ("Australia/Lord_Howe", "2026-04-04"), ("Australia/Lord_Howe", "2026-10-03"), ("Pacific/Apia", "2011-12-30"),
        ("America/Sao_Paulo", "2018-11-04"), ("Africa/Casablanca", "2026-02-15"), ("Asia/Kathmandu", "1985-12-31"),
        ("Pacific/Kwajalein", "1993-08-21"), ("Antarctica/Troll", "2026-03-29"), ("Europe/Dublin", "2050-10-30"),
        ("America/Scoresbysund", "2024-03-31"), ("Asia/Gaza", "2026-03-27"), ("UTC", "2026-01-01"),
        ("Pacific/Kiritimati", "1994-12-31"), ("Asia/Pyongyang", "2018-05-04"), ("Atlantic/Azores", "2026-03-28"),
    ]

    @Test func agreesWithASlowReference() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of cron: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var compared = 0
        for (name, day) in Self.changes {
            let zone = try TimeZoneRules(identifier: name)
            let middle = try Timestamp(parsing: day + "T00:00:00Z").wholeSeconds
            let (start, end) = (middle - 2 * 86_400, middle + 2 * 86_400)
            for round in 0..<15 {
                let (text, meaning) = CronReference.random(using: &generator)
                guard var expression = try? CronExpression(text) else {
                    #expect(
                        !(1...12).contains { month in
                            meaning.months.contains(month) && meaning.days.contains { $0 <= 28 }
                        },
                        "\(text)"
                    )
                    continue
                }
                expression.firesAgainInFolds = round % 3 == 0
                let expected = meaning.firings(from: start, to: end, in: zone, again: expression.firesAgainInFolds)
                var forward: [Int64] = []
                var time = Timestamp(microseconds: start * 1_000_000 - 1)
                while let found = expression.next(after: time, in: zone), found < Timestamp(seconds: end) {
                    forward.append(found.wholeSeconds)
                    time = found
                }
                #expect(forward == expected, "\(text) in \(name)")
                var backward: [Int64] = []
                time = Timestamp(seconds: end)
                while let found = expression.previous(before: time, in: zone), found >= Timestamp(seconds: start) {
                    backward.append(found.wholeSeconds)
                    time = found
                }
                #expect(backward.reversed() == expected, "\(text) in \(name)")
                compared += expected.count
            }
        }
        print("firings compared with the slow reference: \(compared)")
        #expect(compared > 1000)
    }

    @Test(.enabled(if: PythonTool.named("MARTLET_TEST_CRON_PYTHON") != nil, "MARTLET_TEST_CRON_PYTHON is not set"))
    func agreesWithCroniter() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of croniter: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var lines = ""
        for round in 0..<1500 {
            var text = CronReference.random(using: &generator).text
            if round % 4 == 0 { text = "\(Int.random(in: 0...59, using: &generator)),7-9 " + text }
            // croniter takes 5-5 for a range that goes all the way round; cron for 5.
            let parts = text.split(whereSeparator: { " ,/".contains($0) }).map { $0.split(separator: "-") }
            guard parts.allSatisfy({ $0.count < 2 || $0[0] != $0[1] }) else { continue }
            guard let expression = try? CronExpression(text) else { continue }
            let start = Int64.random(in: 0...4_000_000_000, using: &generator)
            var time = Timestamp(seconds: start)
            var following: [String] = []
            for _ in 0..<5 {
                time = try #require(expression.next(after: time, in: .utc))
                following.append("\(time.wholeSeconds)")
            }
            let before = try #require(expression.previous(before: Timestamp(seconds: start), in: .utc))
            lines += "\(text)\t\(start)\t\(following.joined(separator: ","))\t\(before.wholeSeconds)\n"
        }
        let folder = try TemporaryFolder()
        let file = try folder.write("cron", lines)
        let python = PythonTool.named("MARTLET_TEST_CRON_PYTHON")
        try PythonTool.run("check_cron.py", python, "'\(file)'", in: folder)
    }

    /// Whenever it is asked: in the midst of a night or a weekend, or before one that 32 times don't reach.
    @Test(arguments: [
        ("7 * * * *", 3_600), ("0 9-17 * * 1-5", 64 * 3_600), ("*/30 * * * 1-5", 48 * 3_600 + 1_800),
        ("*/15 8-18 * * *", 13 * 3_600 + 900), ("* 9-17 * * *", 15 * 3_600 + 60), ("@weekly", 7 * 86_400),
        ("0 0 1 * *", 31 * 86_400), ("* * * * * *", 1),
    ])
    func theLongestPauseIsFound(_ text: String, _ seconds: Int) throws {
        let cron = try CronExpression(text)
        for now in ["2026-11-23T00:00:00Z", "2026-11-26T12:00:00Z", "2026-11-28T03:00:00Z", "2026-11-29T23:59:59Z"] {
            #expect(cron.longestGap(from: try Timestamp(parsing: now), in: .utc) == .seconds(seconds), "\(now)")
        }
        #expect(cron.longestGap(from: .latest, in: .utc) == nil)
    }

    @Test func endsOfTimeAreNoTrap() throws {
        let berlin = try TimeZoneRules(identifier: "Europe/Berlin")
        let rare = try CronExpression("0 0 29 2 *")
        for time in [Timestamp(microseconds: .min), .earliest, .latest, Timestamp(microseconds: .max)] {
            if let next = rare.next(after: time, in: berlin) { #expect(next > time && next <= .latest) }
            if let previous = rare.previous(before: time, in: berlin) {
                #expect(previous < time && previous >= .earliest)
            }
        }
        #expect(rare.next(after: .latest, in: berlin) == nil && rare.previous(before: .earliest, in: berlin) == nil)
        let clock = ContinuousClock()
        let expression = try CronExpression("0 0 29 2 */6")
        let elapsed = try clock.measure {
            for _ in 0..<20 { _ = try #require(expression.next(after: Timestamp(seconds: 1_772_000_000), in: berlin)) }
        }
        print("a rare firing is found in \(elapsed / 20)")
    }
}
