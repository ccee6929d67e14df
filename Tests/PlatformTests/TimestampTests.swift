// SPDX-License-Identifier: Apache-2.0
// Martlet: RFC 3339 and ISO 8601 texts.
import TestSupport
import FoundationEssentials
import Testing

@testable import Platform

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.000001Z", 1), ("1969-12-31T23:59:59.999999Z", -1),
        ("2026-01-31T08:09:10.5Z", 1_769_846_950_500_000), ("2026-01-31T10:09:10.5+02:00", 1_769_846_950_500_000),
        ("2026-01-31t08:09:10.500000999z", 1_769_846_950_500_000), ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ("2000-02-29T00:00:00-00:30", 951_784_200_000_000), ("0000-01-01T00:00:00Z", -62_167_219_200_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ])
    func reads(text: String, microseconds: Int64) throws {
        #expect(try Timestamp(parsing: text).microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026-01-31", "2026-01-31T08:09:10", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T23:59:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0000000001Z", "2026-01-01T00:00:00+2:00",
        "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z",
        "+2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z", "２026-01-01T00:00:00Z", "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01", "2026-01-01 00:00:00Z",
    ])
    func refuses(text: String) {
        #expect(throws: PlatformError.self) { try Timestamp(parsing: text) }
    }

    @Test func roundTripsAndAgreesWithFoundation() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of timestamps: \(seed)")
        var generator = SeededGenerator(seed: seed)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        for _ in 0..<5000 {
            let seconds = Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)
            let micro = Int64.random(in: 0..<1_000_000, using: &generator)
            let time = Timestamp(microseconds: seconds * 1_000_000 + micro)
            #expect(try Timestamp(parsing: time.description) == time)
            if seconds > -12_219_292_800 {  // Foundation's calendar is Julian before October 1582
                let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
                #expect(time.formatted(fractionDigits: 0) == expected)
            }
        }
    }

    @Test func formats() {
        let time = Timestamp(microseconds: 1_769_846_950_000_042)
        #expect(time.description == "2026-01-31T08:09:10.000042Z")
        #expect(time.formatted(fractionDigits: 3) == "2026-01-31T08:09:10.000Z")
        #expect(Timestamp(microseconds: .max).description == "9999-12-31T23:59:59.999999Z")
        #expect(Timestamp(microseconds: .min).description == "0000-01-01T00:00:00.000000Z")
        let before = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let now = Timestamp.now()
        #expect(before <= now && now <= Timestamp(seconds: Int64(Date().timeIntervalSince1970) + 1))
        #expect(Timestamp(seconds: 10) + .milliseconds(1500) == Timestamp(microseconds: 11_500_000))
        #expect(Timestamp(microseconds: .max) + .seconds(1) == Timestamp(microseconds: .max))
    }

    @Test(arguments: [
        ("PT30S", 30.0), ("PT1M30.5S", 90.5), ("P1DT2H", 93_600), ("P2W", 1_209_600), ("PT0S", 0), ("PT36H", 129_600),
        ("30", 30), ("0.5", 0.5), ("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86_400),
        ("1.5h", 5400),
        ("250us", 0.00025),
    ])
    func readsDurations(text: String, seconds: Double) throws {
        #expect(try ISODuration.parseLenient(text) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "P", "PT", "PT30", "30S", "P1Y", "P1M", "PT-5S", "-PT5S", "PT1S1M", "PT1.5M", "PT.5S", "PT5.S", "P1DT",
        "PT1e3S", "1 s",
        "-5", "+5", ".5", "5.", "ms", "0.1234567891", "9999999999999999", "P99999999999W", "1h30m", "inf", "nan",
        "0x10",
    ])
    func refusesDurations(text: String) {
        #expect(throws: PlatformError.self) { try ISODuration.parseLenient(text) }
    }

    @Test func durationsRoundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of durations: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let duration = Duration.nanoseconds(Int64.random(in: 0...1_000_000_000_000_000, using: &generator))
            #expect(try ISODuration.parse(ISODuration.format(duration)) == duration)
        }
        #expect(ISODuration.format(.zero) == "PT0S")
        #expect(ISODuration.format(.seconds(5400)) == "PT1H30M")
        #expect(ISODuration.format(.milliseconds(-1500)) == "-PT1.5S")
    }
}
