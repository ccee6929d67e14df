// SPDX-License-Identifier: Apache-2.0
// Martlet: what follows an attempt to send spans.

/// The attempts of one batch.
struct ExportRetry {
    enum Next: Equatable {
        case done
        case again(after: Duration)
        case giveUp
    }

    static let attempts = 5
    static let longestPause = Duration.seconds(30)

    private var made = 0

    init() {}

    /// Judges an attempt; `status` is nil when there was no answer. `spread` is random in 0..<1.
    mutating func next(status: Int?, retryAfter: Duration?, spread: Double) -> Next {
        made += 1
        if let status {
            if (200..<300).contains(status) { return .done }
            // The protocol names these; anything else would be refused again.
            guard [429, 502, 503, 504].contains(status) else { return .giveUp }
        }
        guard made < Self.attempts else { return .giveUp }
        if let retryAfter { return .again(after: min(retryAfter, Self.longestPause)) }
        // 0.5 s, 1 s, 2 s, 4 s, each between half and all of it, so that processes don't ask together.
        let pause = Duration.milliseconds(500 << (made - 1))
        return .again(after: pause * (0.5 + spread / 2))
    }
}
