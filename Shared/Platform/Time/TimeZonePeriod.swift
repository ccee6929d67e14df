// SPDX-License-Identifier: Apache-2.0
// Martlet: a stretch of time in which a place keeps one offset.

/// Seconds since 1970 from `start` (nil: since ever) up to, and without, `end` (nil: for ever), and the offset in
/// between.
struct TimeZonePeriod: Equatable {
    var start: Int64?
    var end: Int64?
    /// Seconds east.
    var offset: Int
}
