// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the command probe with real processes.

import Foundation
import Glibc
import TestSupport
import Testing

@testable import Health

/// One after the other: some look at what all of this process has open or started.
@Suite(.serialized) struct CommandProbeTests {
    private func probe(_ arguments: String..., change: (inout CommandProbe.Target) throws -> Void = { _ in }) throws
        -> CommandProbe
    {
        var target = CommandProbe.Target(arguments)
        try change(&target)
        return try CommandProbe(target, resources: Fixture.resources)
    }

    @Test(
        arguments: [
            (0, ProbeResult.Status.up, nil), (1, .degraded, "exit code 1: said"), (2, .down, "exit code 2: said"),
            (3, .unknown, "exit code 3: said"), (4, .down, "exit code 4: said"), (127, .down, "exit code 127: said"),
        ] as [(Int, ProbeResult.Status, String?)]
    )
    func exitCodes(_ code: Int, _ status: ProbeResult.Status, _ reason: String?) async throws {
        let result = try await probe("sh", "-c", "echo said; exit \(code)").run(timeout: patience)
        #expect(result.status == status)
        #expect(result.reason == reason)
    }

    @Test func facts() async throws {
        let json = try await probe("echo", #"{"depth":3}"#) {
            $0.expectations = try conditions("json.depth == 3", "exit == 0", "output contains depth")
        }.run(timeout: patience)
        #expect(json.status == .up, "\(json)")
        #expect(try await probe("echo", "42.5").run(timeout: patience).value == 42.5)
        #expect(try await probe("echo", "OK - fine | users=7;5;10").run(timeout: patience).value == 7)
        let allowed = try await probe("sh", "-c", "exit 5") { $0.expectations = try conditions("exit in 0,5") }.run(
            timeout: patience
        )
        #expect(allowed.status == .up, "\(allowed)")
        let wrong = try await probe("sh", "-c", "exit 6") { $0.expectations = try conditions("exit in 0,5") }.run(
            timeout: patience
        )
        #expect(wrong.reason == "expected exit in 0,5, found 6")
    }

    @Test func errorOutputIsTheReasonWithoutOther() async throws {
        let result = try await probe("sh", "-c", "echo trouble >&2; exit 2").run(timeout: patience)
        #expect(result.reason == "exit code 2: trouble")
    }

    @Test func environmentIsMinimal() async throws {
        let bare = try await probe("env") {
            $0.expectations = try conditions("output not_contains HOME", "output contains LC_ALL=C")
        }
        .run(timeout: patience)
        #expect(bare.status == .up, "\(bare)")
        let given = try await probe("sh", "-c", "echo $COLOUR") {
            $0.environment = [("COLOUR", "red")]
            $0.expectations = try conditions("output starts_with red")
        }.run(timeout: patience)
        #expect(given.status == .up, "\(given)")
    }

    @Test func noShell() async throws {
        let result = try await probe("echo", "$HOME; exit 2") {
            $0.expectations = try conditions("output starts_with \"$HOME; exit 2\"")
        }
        .run(timeout: patience)
        #expect(result.status == .up, "\(result)")
    }

    @Test func childrenGetNoDescriptors() async throws {
        // A descriptor that is not marked, as libraries open them.
        let open = FileHandle(forReadingAtPath: "/dev/null")
        let copy = dup(open?.fileDescriptor ?? -1)
        defer { close(copy) }
        // The fourth is the folder that ls reads.
        let result = try await probe("ls", "-m", "/proc/self/fd") {
            $0.expectations = try conditions("output starts_with \"0, 1, 2, 3\"", "output not_contains 4")
        }.run(timeout: patience)
        #expect(result.status == .up, "\(result)")
    }

    @Test func killedWithItsGroupAtTheTimeout() async throws {
        let mark = "86\(Int.random(in: 100_000...999_999))"
        let result = await Fixture.late(try probe("sh", "-c", "sleep \(mark) & sleep \(mark)"))
        #expect(result.status == .down)
        #expect(result.reason == "timed out after 300ms before the command ended; it was killed")
        try await eventually("the sleeping processes are gone and reaped") { Self.processes(with: mark).isEmpty }
    }

    @Test func whatItLeavesBehindIsKilled() async throws {
        let mark = "87\(Int.random(in: 100_000...999_999))"
        let result = try await probe("sh", "-c", "sleep \(mark) & echo done").run(timeout: patience)
        #expect(result.status == .up, "\(result)")
        try await eventually("the process left behind is gone") { Self.processes(with: mark).isEmpty }
    }

    @Test func signals() async throws {
        let result = try await probe("sh", "-c", "kill -9 $$").run(timeout: patience)
        #expect(result.status == .down)
        #expect(result.reason == "the command was killed by signal 9")
    }

    @Test func longOutputIsDrained() async throws {
        let result = try await probe("sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x; echo end") {
            $0.expectations = try conditions("output starts_with xxx", "output not_contains end")
        }.run(timeout: patience)
        #expect(result.status == .up, "\(result)")
    }

    @Test func whatCannotBeStartedIsUnknown() async throws {
        let missing = try await probe("no-such-program-here").run(timeout: patience)
        #expect(missing.status == .unknown)
        #expect(missing.reason?.hasPrefix("there is no program \"no-such-program-here\" in ") == true)
        let directory = try await probe("/tmp").run(timeout: patience)
        #expect(directory.status == .unknown)
        #expect(directory.reason == "cannot start /tmp: Permission denied")
    }

    @Test func neitherZombiesNorDescriptorsAreLeft() async throws {
        let probe = try probe("true")
        _ = await probe.run(timeout: patience)
        let before = Self.pipes
        for _ in 0..<40 { #expect(await probe.run(timeout: patience).status == .up) }
        // Whatever else this process opens meanwhile, 40 commands would leave 80 pipes that were not there before.
        try await eventually("the pipes are closed") { Self.pipes.subtracting(before).count < 40 }
        try await eventually("no command is a zombie") { Self.zombies(named: "true").isEmpty }
    }

    @Test func badTargetsAreRefused() {
        #expect(throws: ProbeConfigurationError.self) { try CommandProbe(.init([]), resources: Fixture.resources) }
        #expect(throws: ProbeConfigurationError.self) { try probe("a\0b") }
        #expect(throws: ProbeConfigurationError.self) { try probe("a") { $0.environment = [("A=B", "c")] } }
    }

    /// The pipes that this process has open, by their numbers.
    private static var pipes: Set<String> {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return Set(
            all.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
                .filter { $0.hasPrefix("pipe:") }
        )
    }

    /// Ids of processes whose command line has this word.
    private static func processes(with word: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.filter { id in
            guard let line = try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8) else { return false }
            return line.split(separator: "\0").contains { $0 == word }
        }
    }

    /// Children of this process with this name that nobody reaped.
    private static func zombies(named name: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { Int($0) != nil }.filter { id in
            guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return false }
            return stat.contains("(\(name)) Z \(getpid()) ")
        }
    }
}
