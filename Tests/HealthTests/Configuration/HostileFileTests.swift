// SPDX-License-Identifier: Apache-2.0
// Martlet: tests that no file, however broken, does more than be refused.

import Platform
import TestSupport
import Testing

@testable import Health

@Suite struct HostileFileTests {
    @Test(arguments: [
        "a: [", "a: b: c", "\t- a", "a: 'x", "%YAML 9.9\n---\na: 1", "a: *nowhere", "{a: 1", "a:\n- b\nc",
    ])
    func whatIsNoYAMLIsSaidToBeNone(_ text: String) {
        let found = ConfigurationFixture.problems(text)
        #expect(found.count == 1)
        #expect(found.first?.problem.hasPrefix("the file is not YAML") == true, "\(found)")
    }

    @Test func onlyOneDocumentIsAllowed() {
        #expect(ConfigurationFixture.problems("page: {}\n---\nchecks: []\n").count == 1)
    }

    @Test func anAnchorStandsForItsValue() throws {
        let read = try ConfigurationFixture.read(
            "checks:\n  - {id: a, tcp: &t {host: h, port: 1}}\n  - {id: b, tcp: *t}"
        )
        #expect(read.checks.map(\.target) == ["h:1", "h:1"])
    }

    @Test func anchorsThatExplodeAreCutOff() {
        let start = ContinuousClock.now
        let found = ConfigurationFixture.problems(HostileYAML.aliasesOfAliases)
        #expect(found.map(\.problem) == ["the file is too large or too deep"])
        #expect(ContinuousClock.now - start < patience, "10 to the power of 12 values would take for ever")
    }

    @Test(arguments: [40, 2_000, 100_000])
    func whatIsNestedTooDeepIsRefused(_ depth: Int) {
        let flow = "page: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(!ConfigurationFixture.problems(flow).isEmpty)
        #expect(!ConfigurationFixture.problems(String(repeating: "- ", count: depth) + "a").isEmpty)
        #expect(!ConfigurationFixture.problems(String(repeating: "[", count: depth)).isEmpty)
        #expect(!ConfigurationFixture.problems("page: " + String(repeating: "{a: ", count: depth)).isEmpty)
    }

    @Test(arguments: [
        "page: {title: \"a\u{0}b\"}", "page: {title: a\u{0}b}", "\u{0}", "a: 1\u{0}\nb: 2", "page: {}\u{0}",
        "\u{FEFF}\u{0}",
    ])
    func zeroBytesAreRefused(_ text: String) {
        #expect(!ConfigurationFixture.problems(text).isEmpty, "what stands behind a zero byte must not be left out")
    }

    @Test func aZeroByteByItsEscapeReachesNoProbe() {
        let found = ConfigurationFixture.problems("checks: [{id: a, http: {url: \"http://a\\0b.example\"}}]")
        #expect(found.map(\.path) == ["checks[0].http.url"])
    }

    @Test func theLargestFileIsFourMebibytes() throws {
        let folder = try ScratchFolder()
        let head = "page: {}\n#"
        try folder.write(head + String(repeating: "x", count: (4 << 20) - head.utf8.count), to: "fits.yaml")
        #expect(try ConfigurationFixture.reader().read(path: "\(folder.path)/fits.yaml").checks.isEmpty)
        try folder.write(head + String(repeating: "x", count: (4 << 20) - head.utf8.count + 1), to: "over.yaml")
        let error = #expect(throws: HealthError.self) {
            try ConfigurationFixture.reader().read(path: "\(folder.path)/over.yaml")
        }
        #expect(error?.problems.first?.allowed == "a readable YAML file of at most 4 MiB")
    }

    @Test func tenThousandChecksAreRead() async throws {
        let (most, more) = try await ClusterThread.run {
            func text(_ count: Int) -> String {
                "checks:\n" + (0..<count).map { "- {id: c\($0), depends_on: c\(count), workers: {}}\n" }.joined()
                    + "- {id: c\(count), workers: {}}\n"
            }
            return (
                try ConfigurationFixture.read(text(9_999)).checks.count,
                ConfigurationFixture.refusal(text(10_000))?.problems.last?.description ?? ""
            )
        }
        #expect(most == 10_000)
        #expect(more.contains("are 10001; allowed: at most 10000"))
    }

    /// Files that are right, with a few bytes or lines changed, cut or doubled: each is taken or refused with a reason.
    @Test func mutatedFilesAreTakenOrRefused() async throws {
        let seed = ClusterDice.wantedSeed ?? UInt64.random(in: 0...UInt64.max)
        print("files are changed by MARTLET_TEST_SEED=\(seed)")
        // Long work, on a thread of its own: others measure time.
        let refusals = try await ClusterThread.run {
            var dice = ClusterDice(seed: seed)
            let original = Array(ConfigurationFixture.full.utf8)
            return (0..<400).map { _ in
                var bytes = original
                for _ in 0..<dice.roll(1...4) { Self.mutate(&bytes, &dice) }
                return ConfigurationFixture.refusal(String(decoding: bytes, as: UTF8.self), ["A": "b"])
            }
        }
        let seen = refusals.compactMap { $0 }
        #expect(
            seen.allSatisfy { (1...ProblemList.limit).contains($0.problems.count) && $0.code == .configuration },
            "MARTLET_TEST_SEED=\(seed)"
        )
        #expect(!seen.isEmpty && seen.count < refusals.count, "MARTLET_TEST_SEED=\(seed)")
    }

    private static let words = [
        "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "&a ", "*a ", "!!binary ", "!!map ", "<<: ", "|\n", ">-\n",
        "\"", "'",
        "${A}", "${", "$", "%", "#", "? ", "~", "null", "\u{0}", "\t", "-1", "1e999", "99999999999999999999", "é", "😀",
        "---\n",
    ]

    private static func mutate(_ bytes: inout [UInt8], _ dice: inout ClusterDice) {
        let at = dice.roll(0...(bytes.count - 1))
        switch dice.roll(0...4) {
        case 0: bytes[at] = UInt8(dice.roll(0...255))
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: Array(words[dice.roll(0...(words.count - 1))].utf8), at: at)
        case 3:
            let end = min(bytes.count, at + dice.roll(1...200))
            if end - at < bytes.count { bytes.removeSubrange(at..<end) }
        default:
            let end = min(bytes.count, at + dice.roll(1...200))
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: dice.roll(0...bytes.count))
        }
    }
}
