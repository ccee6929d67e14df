// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of when a changed file is read.

import Testing

@testable import HealthService

@Suite("When a changed configuration is read") struct ConfigurationWatchTests {
    private let old = ConfigurationMark(path: "/")
    private let new = ConfigurationMark(path: "/proc")
    private let other = ConfigurationMark(path: "/none")

    /// The numbers of the looks at which it would be read, from 1; it is not.
    private func due(_ watch: ConfigurationWatch, _ marks: [ConfigurationMark]) -> [Int] {
        var watch = watch
        return marks.enumerated().filter { watch.look($0.element) }.map { $0.offset + 1 }
    }

    @Test func whatDoesNotChangeIsNeverRead() {
        #expect(due(ConfigurationWatch(old), Array(repeating: old, count: 1_000)) == [])
    }

    @Test func whatHasStayedForFiveLooksIsRead() {
        #expect(due(ConfigurationWatch(old), Array(repeating: new, count: 6)) == [6])
    }

    @Test func whatGoesOnChangingIsNotRead() {
        let writes = (0..<20).flatMap { Array(repeating: $0 % 2 == 0 ? new : other, count: 5) }
        #expect(due(ConfigurationWatch(old), writes) == [])
        #expect(due(ConfigurationWatch(old), writes + [other]) == [101])
    }

    @Test func aChangeThatIsTakenBackIsNone() {
        #expect(due(ConfigurationWatch(old), Array(repeating: new, count: 3) + Array(repeating: old, count: 100)) == [])
    }

    @Test func whatWasReadIsNotReadTwice() {
        var watch = ConfigurationWatch(old)
        watch.hasRead(new, isRefused: false)
        #expect(due(watch, Array(repeating: new, count: 1_000)) == [])
    }

    @Test func whatWasRefusedIsReadAgainAfterAMinute() {
        var watch = ConfigurationWatch(old)
        watch.hasRead(new, isRefused: true)
        #expect(due(watch, Array(repeating: new, count: 60)) == [60])
        watch.hasRead(new, isRefused: false)
        #expect(due(watch, Array(repeating: new, count: 60)) == [])
    }
}
