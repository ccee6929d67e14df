// SPDX-License-Identifier: Apache-2.0
// Martlet: when something recurs, as cron writes it.

/// A cron expression of five fields, or of six with seconds first.
///
/// ```swift
/// let nightly = try CronExpression("30 2 * * MON-FRI")
/// nightly.next(after: .now(), in: try TimeZoneRules(identifier: "Europe/Berlin"))
/// ```
/// Fields are minute, hour, day of the month, month and day of the week, with lists, ranges, steps, English names of three
/// letters, `7` for Sunday and `L` for the last day of the month; or one of `@hourly @daily @midnight @weekly @monthly
/// @yearly @annually`. When both days are restricted either will do; a field that begins with `*` is not restricted, even
/// with a step, and then both must match. This is the rule of Vixie's cron.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// The text as it was given.
    public let description: String
    /// Whether times in an hour that clocks show twice fire both times; default false, at the first only.
    ///
    /// Without it `*/5 * * * *` pauses for an hour when summer time ends.
    public var firesAgainInFolds = false

    let seconds: CronField
    let minutes: CronField
    let hours: CronField
    let days: CronField
    let months: CronField
    let weekdays: CronField

    /// The longest text that is read.
    public static let maximumLength = 256

    private static let shorthands = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// Reads an expression; throws ``PlatformError`` `invalidText`, which names the field, the column and what is allowed.
    ///
    /// Refused too is what would never fire, such as 30 February.
    public init(_ text: String) throws(PlatformError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw PlatformError(.invalidText, "a cron expression has at most \(Self.maximumLength) bytes")
        }
        description = text
        var source = text[...]
        let word = text.trimmedWhitespace().lowercased()
        if word.hasPrefix("@") {
            guard let meaning = Self.shorthands[word] else {
                throw PlatformError(
                    .invalidText,
                    "a cron expression that begins with @ is one of \(Self.shorthands.keys.sorted().joined(separator: " "))"
                )
            }
            source = meaning[...]
        }
        var columns = source.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { field in
            (text: field, column: source.distance(from: source.startIndex, to: field.startIndex) + 1)
        }
        guard columns.count == 5 || columns.count == 6 else {
            throw PlatformError(
                .invalidText,
                "a cron expression has 5 fields (minute, hour, day of the month, month, day of the week), or 6 with seconds first; this one has \(columns.count)"
            )
        }
        if columns.count == 5 { columns.insert((text: "0", column: 1), at: 0) }
        seconds = try CronField(columns[0].text, .second, column: columns[0].column)
        minutes = try CronField(columns[1].text, .minute, column: columns[1].column)
        hours = try CronField(columns[2].text, .hour, column: columns[2].column)
        days = try CronField(columns[3].text, .day, column: columns[3].column)
        months = try CronField(columns[4].text, .month, column: columns[4].column)
        weekdays = try CronField(columns[5].text, .weekday, column: columns[5].column)
        guard canFire else {
            throw PlatformError(
                .invalidText,
                "the cron expression never fires: no month in \"\(columns[4].text)\" has a day in \"\(columns[3].text)\""
            )
        }
    }

    /// Every date falls on every day of the week within 400 years, so only the day and the month can rule each other out.
    private var canFire: Bool {
        if days.hasLast || isEitherDay { return true }
        return (1...12).contains { month in
            months.contains(month)
                && days.first(from: 1).map { $0 <= CivilDate.length(ofMonth: month, year: 2000) } == true
        }
    }

    /// Whether one of the two days suffices.
    var isEitherDay: Bool { !days.isStar && !weekdays.isStar }
}
