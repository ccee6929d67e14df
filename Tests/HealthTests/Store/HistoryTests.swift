// SPDX-License-Identifier: Apache-2.0
// Martlet: history from findings to days, in a real ledger.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct SampleTests {
    @Test func aMinuteIsPackedAndUnpacked() {
        let minute = Timestamp(seconds: 1_800_000_000 / 60 * 60)
        var sample = MinuteSample()
        let findings = [
            MinuteSample.Finding(
                at: minute + .milliseconds(1_234),
                status: .up,
                latency: .microseconds(1_500),
                isInMaintenance: false
            ),
            MinuteSample.Finding(
                at: minute + .milliseconds(11_234),
                status: .degraded,
                latency: .milliseconds(900),
                isInMaintenance: true
            ),
            MinuteSample.Finding(
                at: minute + .milliseconds(21_234),
                status: .down,
                latency: .seconds(5),
                isInMaintenance: false
            ),
            MinuteSample.Finding(
                at: minute + .milliseconds(59_999),
                status: .unknown,
                latency: .zero,
                isInMaintenance: false
            ),
        ]
        for finding in findings { sample.add(finding) }
        #expect(MinuteSample.unpack(sample.packed, minute: minute) == findings)
        #expect(sample.counts == [.up: 1, .degraded: 1, .down: 1, .unknown: 1])
        #expect(sample.kept[.degraded] == nil && sample.kept[.down] == 1)
        #expect(sample.latency == 901_500 && sample.longest == 900_000, "what did not answer has no latency")
        #expect(MinuteSample.unpack(Array(sample.packed.dropLast()), minute: minute) == Array(findings.dropLast()))
    }

    @Test func aBufferIsBoundedAndGivesMinutesThatEnded() {
        let buffer = SampleBuffer()
        let minute = Timestamp(seconds: 1_800_000_000 / 60 * 60)
        for second in [1, 30, 61] {
            let finding = MinuteSample.Finding(
                at: minute + .seconds(second),
                status: .up,
                latency: .zero,
                isInMaintenance: false
            )
            buffer.add(finding, check: "a", location: "here")
        }
        #expect(buffer.take(endedBefore: minute + .seconds(59), upTo: 10).isEmpty)
        let first = buffer.take(endedBefore: minute + .seconds(60), upTo: 10)
        #expect(first.map(\.sample.counts) == [[.up: 2]])
        buffer.putBack(first)
        #expect(buffer.take(endedBefore: minute + .seconds(120), upTo: 1).map(\.key.minute) == [minute.microseconds])
        for number in 0..<(SampleBuffer.limit + 5) {
            let finding = MinuteSample.Finding(at: minute, status: .up, latency: .zero, isInMaintenance: false)
            buffer.add(finding, check: "c\(number)", location: "here")
        }
        #expect(buffer.count == SampleBuffer.limit && buffer.lost == 6)
    }

    @Test func availabilityCountsWhatServedAndLeavesMaintenanceOutWhenAsked() {
        let counts = FindingCounts(up: 90, degraded: 5, down: 5, unknown: 50, keptUp: 80, keptDegraded: 5, keptDown: 0)
        #expect(counts.availability == 0.95)
        #expect(counts.availabilityWithoutMaintenance == 1)
        #expect(counts.inMaintenance == 15)
        #expect(FindingCounts(unknown: 3).availability == nil)
    }
}

@Suite(.enabled(if: TestDatabase.isAvailable, "\(TestDatabase.reason)"))
struct HistoryTests {
    /// Two hours of findings, one in 10 s: the second minute of each hour is down, the third is down in maintenance.
    func minutes(_ start: Timestamp) -> [(key: MinuteSample.Key, sample: MinuteSample)] {
        let buffer = SampleBuffer()
        for second in stride(from: 0, to: 7_200, by: 10) {
            let place = second / 60 % 60
            let finding = MinuteSample.Finding(
                at: start + .seconds(second),
                status: place == 1 || place == 2 ? .down : .up,
                latency: .milliseconds(place),
                isInMaintenance: place == 2
            )
            buffer.add(finding, check: "a", location: "here")
        }
        return buffer.take(endedBefore: start + .seconds(7_200), upTo: 1_000)
    }

    @Test func findingsBecomeMinutesHoursAndDays() async throws {
        try await StoreFixture.with("history") { fixture in
            let store = fixture.store
            let hour = Timestamp(seconds: Timestamp.now().microseconds / 3_600_000_000 * 3_600 - 7_200)
            let numbers = try await store.numbers(of: ["a", "b", "a"])
            #expect(numbers.count == 2)
            #expect(try await store.numbers(of: ["b", "a"]) == numbers)
            try await store.write(minutes(hour), numbers: numbers)
            // Before it is carried on, minutes come from the samples; afterwards from the next stage: the same.
            let end = hour + .seconds(7_200)
            let fresh = try await store.history(of: "a", from: hour, to: end, step: .minute)
            #expect(
                fresh.count == 120 && fresh[1].down == 6 && fresh[1].latency == nil
                    && fresh[3].latency == .milliseconds(3)
            )
            #expect(try await store.foldOnce())
            #expect(try await store.foldOnce())
            #expect(try await store.foldOnce() == false)
            #expect(try await store.history(of: "a", from: hour, to: end, step: .minute) == fresh)

            let raw = try await store.history(of: "a", from: hour + .seconds(60), to: hour + .seconds(90), step: .raw)
            #expect(raw.map(\.at) == [60, 70, 80].map { hour + .seconds($0) })
            #expect(raw.allSatisfy { $0.state == .down && $0.latency == nil })
            let hours = try await store.history(of: "a", from: hour, to: end, step: .hour)
            #expect(hours.map(\.up) == [348, 348] && hours.map(\.down) == [12, 12])
            let days = try await store.history(of: "a", from: hour + .seconds(-86_400), to: end, step: .day)
            #expect(days.map(\.up).reduce(0, +) == 696)
            #expect(try await store.history(of: "b", from: hour, to: end, step: .hour).isEmpty)

            let sums = try #require(try await store.hours(4)["a"])
            #expect(sums.down == 24 && sums.keptDown == 12 && sums.inMaintenance == 12)
            let all = try await store.days(0...2)["a"]?.values.reduce(into: FindingCounts()) { $0 += $1 }
            #expect(all == sums)
        }
    }

    @Test func writingALateMinuteTwiceAddsAndIsFoldedAgain() async throws {
        try await StoreFixture.with("late") { fixture in
            let store = fixture.store
            let hour = Timestamp(seconds: Timestamp.now().microseconds / 3_600_000_000 * 3_600 - 3_600)
            let numbers = try await store.numbers(of: ["a"])
            let minute = Array(minutes(hour).prefix(1))
            try await store.write(minute, numbers: numbers)
            #expect(try await store.foldOnce())
            try await store.write(minute, numbers: numbers)
            #expect(try await store.foldOnce())
            #expect(
                try await store.history(of: "a", from: hour, to: hour + .seconds(60), step: .hour).map(\.up) == [12]
            )
        }
    }

    @Test func partitionsAreMadeAheadAndDroppedByAge() async throws {
        try await StoreFixture.with("healthpartitions") { fixture in
            try await fixture.store.keepPartitions()
            let tables = "SELECT count(*) FROM pg_inherits WHERE inhparent ="
            #expect(try await fixture.count("\(tables) 'health_sample'::regclass") == 5)
            #expect(try await fixture.count("\(tables) 'health_hour'::regclass") == 4)
            try await fixture.run(
                """
                DO $$ DECLARE d date; BEGIN FOREACH d IN ARRAY ARRAY[current_date - 2, current_date - 3, current_date - 4] LOOP
                    EXECUTE format('CREATE TABLE health_sample_%s PARTITION OF health_sample FOR VALUES FROM (%L) TO (%L)', to_char(d, 'YYYYMMDD'),
                        d::timestamp AT TIME ZONE 'UTC', (d + 1)::timestamp AT TIME ZONE 'UTC'); END LOOP; END $$
                """
            )
            try await fixture.store.keepPartitions()
            // A day goes once its last minute is more than 48 hours old: of the days before yesterday only one can still be needed.
            let left = try await fixture.count("\(tables) 'health_sample'::regclass")
            #expect(left == 6)
        }
    }
}
