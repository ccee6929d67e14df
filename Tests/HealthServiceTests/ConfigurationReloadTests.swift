// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of a configuration that changes while it is in use.

import Foundation
import Health
import Platform
import Postgres
import Testing

@testable import HealthService

@Suite("A configuration that changes") struct ConfigurationReloadTests {
    private static func text(_ ids: String...) -> String {
        "checks:\n" + ids.map { "  - {id: \($0), tcp: {host: 127.0.0.1, port: 1}}\n" }.joined()
    }

    private func with(
        _ text: String = text("a", "b"),
        between: (String) throws -> Void = { _ in },
        _ body: (ReloadFixture) async throws -> Void
    ) async throws {
        let fixture = try ReloadFixture(text, between: between)
        do { try await body(fixture) } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }

    @Test func aNewFileInItsPlaceIsTakenOnWithinSeconds() async throws {
        try await with { fixture in
            try fixture.replace(Self.text("c"))
            await fixture.pass(5)
            #expect(fixture.checks == ["a", "b"], "it may not be whole yet")
            await fixture.pass(1)
            #expect(fixture.checks == ["c"])
        }
    }

    @Test func aSignalIsNotKeptWaiting() async throws {
        try await with { fixture in
            try fixture.write(Self.text("c"))
            await fixture.reload.reload("SIGHUP")
            #expect(fixture.checks == ["c"])
        }
    }

    /// Its first lines are a whole configuration, and whoever writes it pauses for three seconds.
    @Test func halfAFileIsNotTakenOn() async throws {
        try await with { fixture in
            for text in ["", Self.text(), Self.text("a"), Self.text("a", "b", "c")] {
                try fixture.write(text)
                await fixture.pass(4)
                #expect(fixture.checks == ["a", "b"] && !fixture.isRefused)
            }
            await fixture.pass(2)
            #expect(fixture.checks == ["a", "b", "c"] && !fixture.isRefused)
        }
    }

    @Test(arguments: ["", "# nothing", "checks:", "page: {title: Half}", "page: {title: Half}\nchecks: ~"])
    func whatNobodyCanMeanIsRefusedAlsoAfterASignal(_ text: String) async throws {
        try await with { fixture in
            try fixture.write(text)
            await fixture.pass(6)
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused)
            await fixture.reload.reload("SIGHUP")
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused)
        }
    }

    @Test func noChecksAreADecisionWhenTheFileSaysSo() async throws {
        try await with { fixture in
            try fixture.write("checks: []")
            await fixture.pass(6)
            #expect(fixture.checks == [] && !fixture.isRefused)
        }
        try await with("page: {title: Quiet}") { fixture in
            try fixture.write("page: {title: Quieter}")
            await fixture.pass(6)
            #expect(fixture.engine.configuration.page.title == "Quieter" && !fixture.isRefused)
        }
    }

    @Test func aMistakeIsRefusedUntilItIsMended() async throws {
        try await with { fixture in
            try fixture.write("checks: [{id: a, telepathy: {}}]")
            await fixture.pass(6)
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused)
            try fixture.write(Self.text("c"))
            await fixture.pass(6)
            #expect(fixture.checks == ["c"] && !fixture.isRefused)
        }
    }

    @Test func aFileThatIsGoneIsRefusedUntilItIsBack() async throws {
        try await with { fixture in
            try fixture.write("", to: "empty")
            #expect(rename(fixture.file, fixture.folder + "/away") == 0)
            await fixture.pass(5)
            #expect(!fixture.isRefused, "it may be on its way")
            await fixture.pass(1)
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused)
            try fixture.rename("away")
            await fixture.pass(6)
            #expect(fixture.checks == ["a", "b"] && !fixture.isRefused)
        }
    }

    /// The content's time stays as it was; for root everything is readable, and the mark still tells.
    @Test func changedPermissionsAreNoticed() async throws {
        try await with { fixture in
            let before = fixture.source.mark
            #expect(chmod(fixture.file, 0o000) == 0)
            let without = fixture.source.mark
            #expect(without != before)
            await fixture.pass(6)
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused == (geteuid() != 0))
            #expect(chmod(fixture.file, 0o644) == 0)
            #expect(fixture.source.mark != without)
            await fixture.pass(6)
            #expect(!fixture.isRefused)
        }
    }

    /// What is put in its place later has the same size and time of content.
    @Test func aLinkThatLeadsElsewhereIsNoticed() async throws {
        try await with { fixture in
            try fixture.write(Self.text("a"), to: "one")
            try fixture.write(Self.text("b"), to: "two")
            let time = [FileAttributeKey.modificationDate: Date(timeIntervalSince1970: 1_800_000_000)]
            for (name, link) in [("one", "first"), ("two", "second")] {
                try FileManager.default.setAttributes(time, ofItemAtPath: "\(fixture.folder)/\(name)")
                try FileManager.default.createSymbolicLink(
                    atPath: "\(fixture.folder)/\(link)",
                    withDestinationPath: "\(fixture.folder)/\(name)"
                )
                try fixture.rename(link)
                await fixture.pass(6)
            }
            #expect(fixture.checks == ["b"])
        }
    }

    /// Who opens a pipe waits for a writer.
    @Test(.timeLimit(.minutes(1))) func aPipeInItsPlaceIsRefused() async throws {
        try await with { fixture in
            #expect(mkfifo(fixture.folder + "/pipe", 0o600) == 0)
            try fixture.rename("pipe")
            await fixture.pass(6)
            #expect(fixture.checks == ["a", "b"] && fixture.isRefused)
            await fixture.reload.reload("SIGHUP")
            #expect(fixture.isRefused)
            try fixture.replace(Self.text("c"))
            await fixture.pass(6)
            #expect(fixture.checks == ["c"] && !fixture.isRefused)
        }
    }

    @Test func aMistakeInAFileThatItNamesIsLookedAtAgain() async throws {
        try await with { fixture in
            try fixture.write("checks: [{id: a, tcp: {host: \"${WORD}\", port: 1}}]")
            await fixture.pass(6)
            #expect(fixture.isRefused)
            try fixture.write("localhost", to: "word")
            await fixture.pass(59)
            #expect(fixture.isRefused)
            await fixture.pass(1)
            #expect(fixture.checks == ["a"] && !fixture.isRefused)
        }
    }

    @Test func whatChangesWhileTheProgramStartsIsNoticed() async throws {
        let change: (String) throws -> Void = { try Data(Self.text("c").utf8).write(to: URL(filePath: $0)) }
        try await with(between: change) { fixture in
            #expect(fixture.checks == ["a", "b"])
            await fixture.pass(6)
            #expect(fixture.checks == ["c"])
        }
    }

    /// Of two readers at once the one with the older file could be the last to say what counts.
    @Test func theNewestFileWinsHoweverManySignalsCome() async throws {
        try await with { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<50 { await fixture.reload.reload("SIGHUP") } }
                }
                for number in 0..<50 {
                    try fixture.replace(Self.text("n\(number)"))
                    await Task.yield()
                }
                try await group.waitForAll()
            }
            await fixture.pass(6)
            #expect(fixture.checks == ["n49"] && !fixture.isRefused)
        }
    }

    @Test func tenThousandChecksAreReadOnAThreadOfTheirOwn() async throws {
        let many = "checks:\n" + (0..<10_000).map { "  - {id: c\($0), tcp: {host: 127.0.0.1, port: 1}}\n" }.joined()
        try await with { fixture in
            try fixture.replace(many)
            await fixture.pass(6)
            #expect(fixture.checks.count == 10_000)
            #expect(await fixture.reload.isOnItsThread)
        }
    }
}

extension ConfigurationReload {
    var isOnItsThread: Bool { loop.isCurrent }
}
