// SPDX-License-Identifier: Apache-2.0
// Martlet: one series as a scrape shows it.

import Platform

extension MetricsRegistry {
    /// The value of a series, named with its labels; nil when it is not shown.
    func shown(_ series: String) -> Double? {
        String(decoding: render(.text), as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Double($0.dropFirst(series.count + 1)) }
    }
}
