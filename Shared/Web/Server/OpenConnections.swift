// SPDX-License-Identifier: Apache-2.0
// Martlet: how many connections a server has.

internal import Synchronization

/// Counts connections.
final class OpenConnections: Sendable {
    private let number = Atomic(0)

    /// How many there are.
    var count: Int { number.load(ordering: .relaxed) }

    func add(_ change: Int) { number.wrappingAdd(change, ordering: .relaxed) }
}
