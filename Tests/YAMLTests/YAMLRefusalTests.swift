// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of texts that are not taken, and of the words with which.

import TestSupport
import Testing

@testable import YAML

@Suite struct YAMLRefusalTests {
    private func refusal(_ bytes: some Sequence<UInt8>, _ limits: YAMLLimits = YAMLLimits()) -> YAMLError? {
        do throws(YAMLError) {
            _ = try YAMLNode.parse(bytes, limits: limits)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        ("a: 1\nb: [", 3, "did not find expected node content"),
        ("a: 1\nb: c: d", 2, "mapping values are not allowed in this context"),
        ("a: 'x\n", 2, "found unexpected end of stream"),
        ("a: b\n- c", 2, "did not find expected key"),
        ("a: *nowhere", 1, "*nowhere stands for nothing"),
        ("a: &x [1, *x]", 1, "*x stands for nothing"),
        ("%YAML 9.9\n---\na: 1", 1, "found incompatible YAML document"),
        ("a: 1\nb: x\u{0}y", 2, "control characters are not allowed"),
    ])
    func mistakesAreNamedWithTheirLine(_ text: String, _ line: Int, _ problem: String) {
        let found = refusal(text.utf8)
        #expect(found?.code == .syntax)
        #expect(found?.line == line)
        #expect(
            found?.message.hasPrefix("the file is not YAML: ") == true && found?.message.contains(problem) == true,
            "\(found as Any)"
        )
    }

    @Test func bytesThatAreNoTextAreNamedWithTheirLine() {
        let found = refusal(Array("a: 1\nb: ".utf8) + [0xC3, 0x28])
        #expect(found?.code == .syntax)
        #expect(found?.line == 2)
    }

    @Test func aNameStandsInAMapOnce() {
        let found = refusal("x: 1\na:\n  b: 1\n  \"b\": 2\n  c: 1\n  c: 3\n".utf8)
        #expect(found?.code == .duplicate)
        #expect(found?.description == "line 3: \"b\", \"c\" stands twice in the map that begins here")
    }

    @Test func valuesAreCountedAsOftenAsTheyStand() {
        var limits = YAMLLimits()
        limits.values = 12
        // The map, two names, a list of four, and the list again: 1 + 2 + 5 + 5 = 13.
        #expect(refusal("a: &x [1, 2, 3, 4]\nb: *x".utf8, limits)?.code == .tooLarge)
        #expect(refusal("a: &x [1, 2, 3, 4]\nb: *x".utf8, limits)?.line == 2)
        limits.values = 13
        #expect(refusal("a: &x [1, 2, 3, 4]\nb: *x".utf8, limits) == nil)
    }

    @Test func levelsAreCountedWhereAnAliasStands() {
        var limits = YAMLLimits()
        limits.levels = 3
        #expect(refusal("a: &x [[1]]\nb: *x".utf8, limits) == nil)
        #expect(refusal("a: &x [[1]]\nb: [*x]".utf8, limits)?.code == .tooLarge)
        #expect(refusal("a: [[[1]]]".utf8, limits)?.code == .tooLarge)
    }

    /// Aliases of aliases: what would be 10 to the power of 12 values is refused where it passes the bound.
    @Test func aFewLinesDoNotBecomeEndless() {
        let start = ContinuousClock.now
        #expect(refusal(HostileYAML.aliasesOfAliases.utf8)?.line == 6)
        #expect(ContinuousClock.now - start < patience)
    }

    @Test func aNameHasABound() {
        let longest = String(repeating: "n", count: 256)
        #expect(refusal("a: 1\n\(longest): 2".utf8) == nil)
        let found = refusal("a: 1\n\(longest)n: 2".utf8)
        #expect(found?.description == "line 2: a name is longer than 256 bytes")
        #expect(found?.code == .tooLarge)
        #expect(refusal("? \(longest)n\n: [1, 2]".utf8)?.code == .tooLarge)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func depthIsRefusedBeforeItCosts(_ opening: String) {
        let found = refusal(String(repeating: opening, count: 100_000).utf8)
        #expect(found?.code == .tooLarge)
    }
}
