// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of running programs, with real processes.
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Recovery

/// One after the other: some look at all that this process has open or started.
@Suite("Running a program", .serialized) struct ProgramRunTests {
    @Test func outputComesWholeAndInOrder() async throws {
        let script = try ProgramScript("seq 1 200000")
        let text = try await script.run().text(limit: 4 << 20)
        #expect(text == (1...200_000).map { "\($0)\n" }.joined())
    }

    @Test func aSlowReaderSlowsTheProgramDown() async throws {
        // Writes 64 MiB; what is under way beside the reader is bounded by pipes and channels.
        let script = try ProgramScript(
            "i=0; while [ $i -lt 64 ]; do head -c 1048576 /dev/zero; i=$((i+1)); echo $i >\"$1\"; done"
        )
        let seen = Mutex<(bytes: Int, ahead: Int)>((0, 0))
        try await script.run([script.file("written")]).perform { bytes in
            try? await Task.sleep(for: .microseconds(200))
            let written = Int(script.number("written") ?? 0)
            seen.withLock { seen in
                seen.bytes += bytes.count
                seen.ahead = max(seen.ahead, written << 20 - seen.bytes)
            }
        }
        let (bytes, ahead) = seen.withLock { $0 }
        #expect(bytes == 64 << 20)
        #expect(ahead < 3 << 20, "\(ahead) bytes ahead")
    }

    @Test func tooMuchOutputForATextIsAnError() async throws {
        let script = try ProgramScript("yes")
        let error = await #expect(throws: RecoveryError.self) { try await script.run().text(limit: 1_000) }
        #expect(error?.message == "program said more than 1000 bytes")
    }

    @Test func inputIsFedAndEnded() async throws {
        let script = try ProgramScript("wc -c")
        let text = Mutex("")
        try await script.run().perform { bytes in
            text.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        } input: { input throws(RecoveryError) in
            for _ in 0..<300 { try await input.write(Array(repeating: 7, count: 10_000)) }
        }
        #expect(text.withLock { $0.filter(\.isNumber) } == "3000000")
    }

    @Test func lastWordsAreInTheMessage() async throws {
        let script = try ProgramScript(
            "yes noise | head -c 300000 >&2; echo 'error: no such thing' >&2; exit 3",
            name: "pg_thing"
        )
        let error = await #expect(throws: RecoveryError.self) { try await script.run().perform() }
        #expect(error?.code == .program)
        #expect(
            error?.message.hasPrefix("pg_thing ended with exit code 3: noise") == true,
            "\(String(describing: error))"
        )
        #expect(error?.message.hasSuffix("; error: no such thing") == true, "\(String(describing: error))")
        #expect(error?.message.utf8.count ?? 0 < 400)
        let killed = try ProgramScript("kill -9 $$")
        let signal = await #expect(throws: RecoveryError.self) { try await killed.run().perform() }
        #expect(signal?.message == "program was killed by signal 9")
    }

    @Test func aProgramThatLeavesItsInputSaysWhy() async throws {
        let script = try ProgramScript("head -c 100 >/dev/null; echo 'had enough' >&2; exit 4")
        let error = await #expect(throws: RecoveryError.self) {
            try await script.run().perform(input: { input throws(RecoveryError) in
                for _ in 0..<1_000 { try await input.write(Array(repeating: 7, count: 10_000)) }
            })
        }
        #expect(error?.message == "program ended with exit code 4: had enough")
        let content = try ProgramScript("head -c 100 >/dev/null")
        let left = await #expect(throws: RecoveryError.self) {
            try await content.run().perform(input: { input throws(RecoveryError) in
                for _ in 0..<1_000 { try await input.write(Array(repeating: 7, count: 10_000)) }
            })
        }
        #expect(left?.message == "the program stopped reading its input")
    }

    @Test func deadlineEndsTheWholeGroup() async throws {
        let script = try ProgramScript("sleep 300 & echo $! >\"$1\"; echo $$ >\"$2\"; wait")
        let start = ContinuousClock.now
        let error = await #expect(throws: RecoveryError.self) {
            try await script.run([script.file("a"), script.file("b")], deadline: .milliseconds(400)).perform()
        }
        #expect(error?.code == .deadline)
        #expect(ContinuousClock.now - start < patience)
        for name in ["a", "b"] {
            let id = try #require(script.number(name))
            try await eventually("\(name) is gone") { !ProgramScript.isAlive(id) }
        }
    }

    @Test func whoIgnoresTheRequestIsKilled() async throws {
        let script = try ProgramScript("trap '' TERM; echo $$ >\"$1\"; while :; do sleep 0.05; done")
        let error = await #expect(throws: RecoveryError.self) {
            try await script.run([script.file("a")], deadline: .milliseconds(300), grace: .milliseconds(200)).perform()
        }
        #expect(error?.code == .deadline)
        #expect(!ProgramScript.isAlive(try #require(script.number("a"))))
    }

    @Test func cancellationAndThrowingClosuresEndIt() async throws {
        let script = try ProgramScript("echo $$ >\"$1\"; echo started; exec sleep 300")
        let started = Mutex(false)
        let task = Task {
            try await script.run([script.file("a")]).perform { _ in started.withLock { $0 = true } }
        }
        try await eventually("it runs") { started.withLock { $0 } }
        task.cancel()
        let result = await task.result
        let cancelled = #expect(throws: RecoveryError.self) { try result.get() }
        #expect(cancelled?.code == .cancelled, "\(String(describing: cancelled))")
        #expect(!ProgramScript.isAlive(try #require(script.number("a"))))
        let thrown = await #expect(throws: RecoveryError.self) {
            try await script.run([script.file("a")]).perform(output: { _ throws(RecoveryError) in
                throw RecoveryError(.disk, "no room")
            })
        }
        #expect(thrown?.code == .disk)
        #expect(!ProgramScript.isAlive(try #require(script.number("a"))))
    }

    @Test func whatItLeavesBehindIsKilledAndHoldsNothingUp() async throws {
        let script = try ProgramScript("sleep 300 & echo $! >\"$1\"; echo done")
        let text = try await script.run([script.file("a")]).text(limit: 100)
        #expect(text == "done\n")
        let id = try #require(script.number("a"))
        try await eventually("the child's child is gone") { !ProgramScript.isAlive(id) }
    }

    @Test func nothingIsLeftOfManyRuns() async throws {
        let quick = try ProgramScript("echo a; echo b >&2")
        let slow = try ProgramScript("exec sleep 60")
        let before = ProgramScript.pipes()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    if index % 4 == 0 {
                        _ = try? await slow.run(deadline: .milliseconds(50), grace: .milliseconds(10)).perform()
                    } else {
                        _ = try? await quick.run().perform()
                    }
                }
            }
        }
        _ = try? await ProgramRun("/nowhere/program", [], deadline: .seconds(5)).perform()
        try await eventually("all pipes are closed") { ProgramScript.pipes() <= before }
        try await eventually("all are reaped") { ProgramScript.zombies().isEmpty }
    }

    @Test func aProgramThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: RecoveryError.self) {
            try await ProgramRun("/nowhere/pg_dump", [], deadline: .seconds(5)).perform()
        }
        #expect(error?.message == "/nowhere/pg_dump can't be started: No such file or directory")
    }
}
