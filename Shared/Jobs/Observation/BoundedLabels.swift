// SPDX-License-Identifier: Apache-2.0
// A bound on label values that come from outside: names of queues and kinds are the clients' choice.

/// The label values in use, at most so many; whatever comes later is `other`.
struct BoundedLabels: Sendable {
    private var known: Set<String> = []
    private let limit: Int

    /// What stands for all values beyond the limit; no name of a queue or a kind has brackets.
    static let other = "(other)"

    init(limit: Int) {
        self.limit = limit
    }

    /// The value to show.
    mutating func label(_ value: String) -> String {
        if known.contains(value) { return value }
        guard known.count < limit else { return Self.other }
        known.insert(value)
        return value
    }
}
