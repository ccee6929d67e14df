// SPDX-License-Identifier: Apache-2.0
// Martlet: the order of swift-log levels as a number, so that a level fits an atomic.
internal import Logging

extension Logger.Level {
    /// Position from trace (0) to critical (6).
    var ordinal: Int {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
    }

    /// The level at a position; out of range becomes the nearest end.
    init(ordinal: Int) {
        self = Logger.Level.allCases[min(max(ordinal, 0), Logger.Level.allCases.count - 1)]
    }
}
