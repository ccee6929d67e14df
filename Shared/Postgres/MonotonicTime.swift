// SPDX-License-Identifier: Apache-2.0
// Martlet: a monotonic instant as one integer, cheap enough to take for each query.

import Glibc

/// Nanoseconds of the system's monotonic clock.
struct MonotonicTime: Comparable, Sendable {
    var nanoseconds: UInt64

    static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    static let distantFuture = MonotonicTime(nanoseconds: .max)

    static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates, so that an absurdly long deadline means "never" and not "already over".
    static func + (time: Self, duration: Duration) -> Self {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }
}

extension Duration {
    /// This duration in nanoseconds; negative ones are 0, and those over 292 years the maximum.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return .max }
        let (sum, carried) = product.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return carried ? .max : sum
    }

    /// This duration in milliseconds, rounded up.
    var wholeMilliseconds: UInt64 {
        let (quotient, remainder) = wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return quotient + (remainder > 0 ? 1 : 0)
    }
}
