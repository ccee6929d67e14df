// SPDX-License-Identifier: Apache-2.0
// Martlet: what fields may hold, in words.

internal import Jobs
internal import Platform

/// The `allowed` texts of errors.
enum Allowed {
    static let name = "letters, digits and . _ - : /"
    static let kind = "1...\(JobLimits.kindBytes) bytes of \(name)"
    static let queue = "1...\(JobLimits.queueBytes) bytes of \(name)"
    static let tags = "at most \(JobLimits.tags) different tags, each 1...\(JobLimits.tagBytes) bytes of \(name)"
    static let key = "1...\(JobLimits.keyBytes) bytes without control characters"
    static let backoffFields = "type, base, cap"
    static let backoffType = "exponential, linear or constant"

    static let time = "an RFC 3339 time such as 2026-01-31T08:09:10Z, at most 366 days ahead"

    static func integer(_ range: ClosedRange<Int>) -> String { "a whole number in \(range)" }

    static func duration(_ range: ClosedRange<Duration>) -> String {
        "an ISO 8601 duration such as PT30S, or seconds, "
            + "\(ISODuration.format(range.lowerBound)) to \(ISODuration.format(range.upperBound))"
    }
}
