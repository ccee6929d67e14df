// SPDX-License-Identifier: Apache-2.0
// Martlet: what holds for every check that does not say otherwise.

internal import Platform

/// What holds for every check that does not say otherwise.
struct CheckDefaults: Sendable {
    static let intervals: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)
    static let timeouts: ClosedRange<Duration> = .milliseconds(50) ... .seconds(300)

    var interval: Duration = .seconds(10)
    var timeout: Duration?
    var thresholds = CheckThresholds()
    var quorum = Quorum.majority
    var reopenWindow: Duration = .seconds(600)

    init() {}

    /// Reads `defaults`, or the same fields of a check over the defaults.
    init(_ fields: MapReader, over base: CheckDefaults = CheckDefaults()) {
        self = base
        interval = fields.duration("interval", in: Self.intervals) ?? base.interval
        timeout = fields.duration("timeout", in: Self.timeouts) ?? base.timeout
        thresholds.failures = fields.int("failures", in: 1...20) ?? base.thresholds.failures
        thresholds.successes = fields.int("successes", in: 1...20) ?? base.thresholds.successes
        reopenWindow = fields.duration("reopen_window", in: .zero ... .seconds(86_400)) ?? base.reopenWindow
        fields.map("flapping") { inner in
            thresholds.flapEnter = inner.number("enter", in: 0.05...1) ?? base.thresholds.flapEnter
            thresholds.flapLeave = inner.number("leave", in: 0.01...1) ?? base.thresholds.flapLeave
            if thresholds.flapLeave > thresholds.flapEnter {
                inner.report("leave", "is above `enter`", allowed: "a share below it")
            }
            return ()
        }
        quorum =
            fields.parse("quorum", allowed: "majority, or a number from 1 to 100") { text in
                if text == "majority" { return Quorum.majority }
                return Int(text).flatMap { (1...100).contains($0) ? Quorum.atLeast($0) : nil }
            } ?? base.quorum
        if let timeout, timeout >= interval {
            let field = fields.has("timeout") ? "timeout" : "interval"
            fields.report(field, "a look may take as long as the interval", allowed: "a timeout below the interval")
        }
    }
}
