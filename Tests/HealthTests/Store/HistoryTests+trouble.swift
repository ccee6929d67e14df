// SPDX-License-Identifier: Apache-2.0
// Martlet: history that the ledger refuses, or is not there to take.

import Platform
import TestSupport
import Testing

@testable import Health

extension HistoryTests {
    @Test func whatTheLedgerRefusesKeepsNothingElseWaiting() async throws {
        try await StoreFixture.with("poison") { fixture in
            let samples = SampleBuffer()
            let lines = LogLines()
            let writer = HistoryWriter(samples: samples, store: fixture.store, logger: lines.logger)
            let now = Timestamp.now()
            func add(_ check: String, at time: Timestamp) {
                let finding = MinuteSample.Finding(at: time, status: .up, latency: .zero, isInMaintenance: false)
                samples.add(finding, check: check, location: "here")
            }
            // No partition is kept for so old a minute, and it is the oldest: it comes first each time.
            add("old", at: now + .seconds(-30 * 86_400))
            for number in 0..<50 { add("c\(number)", at: now + .seconds(-120)) }
            await writer.write(endedBefore: now)
            let written = try await fixture.count("SELECT count(*) FROM health_sample")
            #expect(written == 50)
            #expect(samples.count == 1 && samples.lost == 0, "it may pass")
            for turn in 2...HistoryWriter.mostTries {
                add("later", at: now + .seconds(-180 + turn))
                await writer.write(endedBefore: now)
            }
            let found = try await fixture.count("SELECT sum(up) FROM health_sample")
            #expect(found == 61)
            #expect(samples.count == 0 && samples.lost == 1, "and it is given up")
            #expect(lines.errors.count == 1 && lines.errors.first?.contains("refuses findings") == true)
        }
    }

    /// With few checks as with many.
    @Test(arguments: [3, HistoryWriter.mostRefused + 5])
    func aRefusalThatPassesLosesNothing(_ checks: Int) async throws {
        try await StoreFixture.with("refusal") { fixture in
            let samples = SampleBuffer()
            let lines = LogLines()
            let writer = HistoryWriter(samples: samples, store: fixture.store, logger: lines.logger)
            let now = Timestamp.now()
            // As where the right to write is taken away, which those who own a table always have.
            try await fixture.run(
                """
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN RAISE 'permission denied' USING ERRCODE = 'insufficient_privilege'; END $$
                """
            )
            try await fixture.run(
                "CREATE TRIGGER refuse BEFORE INSERT ON health_sample FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
            for number in 0..<checks {
                let at = now + .seconds(-120)
                let finding = MinuteSample.Finding(at: at, status: .up, latency: .zero, isInMaintenance: false)
                samples.add(finding, check: "c\(number)", location: "here")
            }
            for _ in 0...(HistoryWriter.mostTries * 10) { await writer.write(endedBefore: now) }
            #expect(samples.count == checks && samples.lost == 0 && lines.errors.isEmpty)
            try await fixture.run("DROP TRIGGER refuse ON health_sample")
            await writer.write(endedBefore: now)
            #expect(samples.count == 0 && samples.lost == 0)
            let written = try await fixture.count("SELECT count(*) FROM health_sample")
            #expect(written == Int64(checks))
        }
    }

    /// In the midst of looking for what it refuses.
    @Test func aLedgerThatGoesAwayGetsNothingTwice() async throws {
        try await StoreFixture.with("halves") { fixture in
            let samples = SampleBuffer()
            let lines = LogLines()
            let writer = HistoryWriter(samples: samples, store: fixture.store, logger: lines.logger)
            let now = Timestamp.now()
            for (check, findings) in [("a", 1), ("b", 2), ("c", 3)] {
                for _ in 0..<findings {
                    let at = now + .seconds(-120)
                    let finding = MinuteSample.Finding(at: at, status: .up, latency: .zero, isInMaintenance: false)
                    samples.add(finding, check: check, location: "here")
                }
            }
            // The second is refused, and with the third the connection is gone.
            try await fixture.run(
                """
                CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.up = 2 THEN RAISE 'too much' USING ERRCODE = 'numeric_value_out_of_range'; END IF;
                    IF NEW.up = 3 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                    RETURN NEW;
                END $$
                """
            )
            try await fixture.run(
                "CREATE TRIGGER break BEFORE INSERT ON health_sample FOR EACH ROW EXECUTE FUNCTION break()"
            )
            await writer.write(endedBefore: now)
            let first = try await fixture.count("SELECT sum(up) FROM health_sample")
            #expect(first == 1 && samples.count == 2)
            try await fixture.run("DROP TRIGGER break ON health_sample")
            await writer.write(endedBefore: now)
            let all = try await fixture.count("SELECT sum(up) FROM health_sample")
            #expect(all == 6 && samples.count == 0 && samples.lost == 0)
        }
    }

    @Test func valuesThatTheLedgerRefusesAreGivenUpThoughNothingElseIsWritten() async throws {
        try await StoreFixture.with("values") { fixture in
            let samples = SampleBuffer()
            let lines = LogLines()
            let writer = HistoryWriter(samples: samples, store: fixture.store, logger: lines.logger)
            let now = Timestamp.now()
            func add() {
                let at = now + .seconds(-120)
                let finding = MinuteSample.Finding(at: at, status: .up, latency: .zero, isInMaintenance: false)
                samples.add(finding, check: "a", location: "here")
            }
            add()
            await writer.write(endedBefore: now)
            #expect(samples.count == 0)
            // No room for one more in this minute.
            try await fixture.run("UPDATE health_sample SET up = 32767")
            add()
            for _ in 1..<HistoryWriter.mostTries { await writer.write(endedBefore: now) }
            #expect(samples.count == 1 && samples.lost == 0)
            await writer.write(endedBefore: now)
            #expect(samples.count == 0 && samples.lost == 1)
            #expect(lines.errors.count == 1 && lines.errors.first?.contains("22003") == true, "\(lines.errors)")
        }
    }

    @Test func aLedgerThatIsAwayLosesNothing() async throws {
        let samples = SampleBuffer()
        let lines = LogLines()
        let writer = HistoryWriter(samples: samples, store: ConfigurationFixture.store, logger: lines.logger)
        let now = Timestamp.now()
        let finding = MinuteSample.Finding(
            at: now + .seconds(-120),
            status: .up,
            latency: .zero,
            isInMaintenance: false
        )
        samples.add(finding, check: "a", location: "here")
        // A pool that nobody runs gives no connection.
        await writer.write(endedBefore: now)
        #expect(samples.count == 1 && samples.lost == 0 && lines.errors.isEmpty)
    }
}
