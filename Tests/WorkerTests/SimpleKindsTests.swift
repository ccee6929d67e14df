// SPDX-License-Identifier: Apache-2.0
// Martlet: noop, sleep and fail.
import Jobs
import Testing

@testable import Worker

@Suite struct SimpleKindsTests {
    @Test func noopLooksAtNothing() async throws {
        #expect(try await NoopHandler().run(job("noop", "not even JSON")) == nil)
        #expect(NoopHandler().kind == "noop")
    }

    @Test(arguments: ["{\"seconds\": 0.02}", "{\"seconds\": \"PT0.02S\"}", "{\"seconds\": \"20ms\"}"])
    func sleeps(args: String) async throws {
        let started = ContinuousClock.now
        #expect(try await SleepHandler().run(job("sleep", args)) == nil)
        #expect(ContinuousClock.now - started >= .milliseconds(20))
    }

    @Test(arguments: [
        ("{}", "seconds: is required"), ("{\"seconds\": 3601}", "PT1H"), ("{\"seconds\": -1}", "PT1H"),
        ("{\"seconds\": true}", "seconds:"), ("{\"seconds\": \"soon\"}", "seconds:"),
        ("{\"seconds\": 1e300}", "seconds:"),
        ("{\"secs\": 1}", "secs: is not an argument of sleep; allowed: seconds"), ("[]", ""),
        ("", "seconds: is required"),
        ("{\"seconds\": null}", "seconds: is required"),
    ])
    func sleepRefuses(args: String, message: String) async throws {
        let error = await #expect(throws: JobFailure.self) { _ = try await SleepHandler().run(job("sleep", args)) }
        let failure = try #require(error)
        #expect(!failure.isRetryable)
        #expect(message.isEmpty || failure.message.contains(message), "\(failure.message)")
    }

    @Test func sleepStopsWhenCancelled() async throws {
        let started = ContinuousClock.now
        let task = Task { try await SleepHandler().run(job("sleep", "{\"seconds\": 3600}")) }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(ContinuousClock.now - started < .seconds(600))
    }

    @Test func failSaysWhatItWasTold() async throws {
        let handler = FailHandler(allowsCrash: false)
        let first = await #expect(throws: JobFailure.self) { _ = try await handler.run(job("fail", "{}")) }
        #expect(first?.isRetryable == true && first?.message == "failed on request")
        let second = await #expect(throws: JobFailure.self) {
            _ = try await handler.run(job("fail", "{\"message\": \"boom\", \"permanent\": true}"))
        }
        #expect(second?.isRetryable == false && second?.message == "boom")
    }

    @Test func failsOnlySoManyTimes() async throws {
        let handler = FailHandler(allowsCrash: false)
        for attempt in 1...5 {
            let context = job("fail", "{\"times\": 3}", attempt: attempt)
            if attempt <= 3 {
                await #expect(throws: JobFailure.self) { _ = try await handler.run(context) }
            } else {
                #expect(try await handler.run(context) == nil)
            }
        }
    }

    @Test(arguments: [
        "{\"times\": 1.5}", "{\"times\": -1}", "{\"permanent\": 1}", "{\"message\": 1}", "{\"crash\": \"yes\"}",
        "{\"x\": 1}",
    ])
    func failRefuses(args: String) async throws {
        let error = await #expect(throws: JobFailure.self) {
            _ = try await FailHandler(allowsCrash: true).run(job("fail", args))
        }
        #expect(error?.isRetryable == false)
        #expect(error?.message.contains(":") == true)
    }

    @Test func crashIsRefusedUnlessAllowed() async throws {
        let error = await #expect(throws: JobFailure.self) {
            _ = try await FailHandler(allowsCrash: false).run(job("fail", "{\"crash\": true}"))
        }
        #expect(error?.isRetryable == false && error?.message.contains("MARTLET_ALLOW_CRASH_JOBS") == true)
    }

    @Test func crashEndsTheProcess() async {
        await #expect(processExitsWith: .signal(6)) {
            _ = try await FailHandler(allowsCrash: true).run(job("fail", "{\"crash\": true}"))
        }
    }
}
