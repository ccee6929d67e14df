// SPDX-License-Identifier: Apache-2.0
// Martlet: tests when maintenance windows are open, also where the clocks change, and whom they cover.

import Platform
import Testing

@testable import Health

@Suite struct MaintenanceWindowTests {
    private func window(_ times: MaintenanceWindow.Times, checks: [String] = [], groups: [String] = [])
        -> MaintenanceWindow
    {
        MaintenanceWindow(id: "w", title: "w", times: times, checks: checks, groups: groups)
    }

    private func recurring(_ cron: String, _ zone: String, _ duration: Duration) throws -> MaintenanceWindow {
        window(.recurring(try CronExpression(cron), try TimeZoneRules(identifier: zone), duration))
    }

    private func occurrence(_ window: MaintenanceWindow, _ at: String) -> [String]? {
        window.occurrence(at: time(at)).map {
            [$0.from.formatted(fractionDigits: 0), $0.to.formatted(fractionDigits: 0)]
        }
    }

    @Test func onceIsOpenFromItsStartToBeforeItsEnd() {
        let once = window(.once(from: time("2026-03-01T00:00:00Z"), to: time("2026-03-01T06:00:00Z")))
        #expect(
            !once.isOpen(at: time("2026-02-28T23:59:59Z")) && once.occurrence(at: time("2026-02-28T23:59:59Z")) != nil
        )
        #expect(once.isOpen(at: time("2026-03-01T00:00:00Z")) && once.isOpen(at: time("2026-03-01T05:59:59Z")))
        #expect(
            !once.isOpen(at: time("2026-03-01T06:00:00Z")) && once.occurrence(at: time("2026-03-01T06:00:00Z")) == nil
        )
    }

    @Test func recurringIsOpenForItsDuration() throws {
        let nightly = try recurring("0 2 * * *", "UTC", .seconds(7_200))
        #expect(occurrence(nightly, "2026-01-10T02:00:00Z") == ["2026-01-10T02:00:00Z", "2026-01-10T04:00:00Z"])
        #expect(occurrence(nightly, "2026-01-10T03:59:59Z") == ["2026-01-10T02:00:00Z", "2026-01-10T04:00:00Z"])
        #expect(occurrence(nightly, "2026-01-10T04:00:00Z") == ["2026-01-11T02:00:00Z", "2026-01-11T04:00:00Z"])
        #expect(nightly.isOpen(at: time("2026-01-10T02:00:00Z")) && !nightly.isOpen(at: time("2026-01-10T01:59:59Z")))
        #expect(!nightly.isOpen(at: time("2026-01-10T04:00:00Z")))
    }

    @Test func longWindowsOverlapThemselves() throws {
        let always = try recurring("0 * * * *", "UTC", .seconds(5_400))
        #expect(occurrence(always, "2026-01-10T02:20:00Z") == ["2026-01-10T02:00:00Z", "2026-01-10T03:30:00Z"])
        #expect(always.isOpen(at: time("2026-01-10T02:59:59Z")) && always.isOpen(at: time("2026-01-10T03:00:00Z")))
    }

    /// Berlin's clocks go from 2:00 to 3:00 on 29 March 2026, which is 1:00 UTC, and back from 3:00 to 2:00 on 25 October.
    @Test func theClocksOfTheZoneCount() throws {
        let early = try recurring("30 4 * * *", "Europe/Berlin", .seconds(3_600))
        #expect(occurrence(early, "2026-03-28T00:00:00Z") == ["2026-03-28T03:30:00Z", "2026-03-28T04:30:00Z"])
        #expect(occurrence(early, "2026-03-29T00:00:00Z") == ["2026-03-29T02:30:00Z", "2026-03-29T03:30:00Z"])
        #expect(occurrence(early, "2026-10-24T22:00:00Z") == ["2026-10-25T03:30:00Z", "2026-10-25T04:30:00Z"])
    }

    @Test func aWindowAcrossAChangeOfTheClocksLastsAsLongAsItSays() throws {
        let night = try recurring("0 1 * * *", "Europe/Berlin", .seconds(7_200))
        // From 1:00 by winter time: two hours later the clocks show 4:00.
        #expect(occurrence(night, "2026-03-29T00:30:00Z") == ["2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"])
        #expect(night.isOpen(at: time("2026-03-29T01:59:59Z")) && !night.isOpen(at: time("2026-03-29T02:00:00Z")))
        // From 1:00 by summer time: two hours later the clocks show 2:00.
        #expect(occurrence(night, "2026-10-25T00:30:00Z") == ["2026-10-24T23:00:00Z", "2026-10-25T01:00:00Z"])
    }

    @Test func anHourThatComesTwiceOpensOneWindow() throws {
        let fold = try recurring("30 2 * * *", "Europe/Berlin", .seconds(1_200))
        var openings: Set<String> = []
        for minute in 0..<240 {
            let now = time("2026-10-24T22:30:00Z") + .seconds(Int64(minute) * 60)
            if fold.isOpen(at: now), let from = fold.occurrence(at: now)?.from {
                openings.insert(from.formatted(fractionDigits: 0))
            }
        }
        #expect(openings == ["2026-10-25T00:30:00Z"])
    }

    @Test func aWindowCoversItsChecksAndGroupsOrAll() {
        let times = MaintenanceWindow.Times.once(from: .now(), to: .now())
        #expect(window(times).covers("a", group: nil) && window(times).covers("b", group: "g"))
        let some = window(times, checks: ["a"], groups: ["g"])
        #expect(some.covers("a", group: nil) && some.covers("b", group: "g"))
        #expect(!some.covers("b", group: nil) && !some.covers("b", group: "h") && !some.covers("g", group: nil))
    }

    @Test func aCalendarKnowsWhoIsInAWindow() {
        let calendar = MaintenanceCalendar()
        let now = time("2026-03-01T12:00:00Z")
        let open = MaintenanceWindow.Times.once(from: now + .seconds(-60), to: now + .seconds(60))
        calendar.load([window(open, groups: ["g"])], groups: ["a": "g", "b": "h", "c": nil])
        #expect(calendar.active(at: now) == ["a"] && calendar.window(of: "a", at: now) != nil)
        #expect(calendar.window(of: "b", at: now) == nil)
        calendar.replace([window(open, checks: ["c"])])
        #expect(calendar.active(at: now) == ["a", "c"], "a new window counts within the same second")
        #expect(
            calendar.active(at: now + .seconds(59)) == ["a", "c"] && calendar.active(at: now + .seconds(60)).isEmpty
        )
        #expect(calendar.windows(at: now).count == 2 && calendar.windows(at: now + .seconds(60)).isEmpty)
        calendar.replace([window(open)])
        #expect(calendar.active(at: now) == ["a", "b", "c"])
        calendar.load([], groups: ["z": nil])
        #expect(calendar.active(at: now) == ["z"])
    }

    @Test func aRequestBringsAWindowOrItsMistakes() throws {
        let good =
            #"{"title":"$x ${HOME}","starts_at":"2026-03-01T00:00:00Z","ends_at":"2026-03-01T01:00:00Z","checks":["a"],"created_by":"ada"}"#
        let read = try MaintenanceWindow(json: Array(good.utf8), checks: ["a"], groups: [])
        #expect(read.title == "$x ${HOME}" && read.checks == ["a"] && read.createdBy == "ada" && !read.isFromFile)
        for bad in ["", "[]", "{", #"{"title":"x"}"#, #"{"title":"x","cron":"* * * * *","duration":"1s"}"#, good + "x"]
        {
            let error = #expect(throws: HealthError.self) {
                try MaintenanceWindow(json: Array(bad.utf8), checks: ["a"], groups: [])
            }
            #expect(error?.problems.isEmpty == false)
        }
        let unknown = #expect(throws: HealthError.self) {
            try MaintenanceWindow(json: Array(good.utf8), checks: ["ab"], groups: [])
        }
        #expect(unknown?.problems.map(\.path) == ["checks"])
    }
}
