// SPDX-License-Identifier: Apache-2.0
// The lanes that a worker serves, in the order in which it serves them.

internal import Synchronization

/// The lanes of the queues that a worker serves.
final class LaneBook: Sendable {
    private let ledger: Ledger
    private let wanted: [String]
    private let lanes = Mutex<[Lane]>([])

    private let includesReserved: Bool

    /// Serves the queues of these names; none means all, but for those that Martlet's own programs keep to themselves, unless they are included.
    init(ledger: Ledger, queues: [String], includesReserved: Bool = false) {
        self.ledger = ledger
        wanted = queues
        self.includesReserved = includesReserved
    }

    /// All lanes, first priority first.
    var all: [Lane] { lanes.withLock { $0 } }

    /// The names of the queues.
    var queueNames: [String] { wanted.isEmpty ? ledger.queues.names.filter(isServed) : wanted }

    private func isServed(_ name: String) -> Bool { includesReserved || !JobLimits.isReserved(queue: name) }

    /// Reads the queues anew; named ones that do not exist yet are made.
    ///
    /// - Returns: Whether anything changed.
    func refresh() async throws(JobsError) -> Bool {
        var numbers: [Int32] = []
        if wanted.isEmpty {
            try await ledger.refreshQueues()
            numbers = ledger.queues.numbers.filter { number in ledger.queues.name(of: number).map(isServed) ?? true }
        } else {
            for name in wanted { numbers.append(try await ledger.queueNumber(name)) }
        }
        let fresh = JobLimits.priorities.flatMap { priority in
            numbers.map { Lane(queue: $0, priority: Int16(priority)) }
        }
        return lanes.withLock { lanes in
            defer { lanes = fresh }
            return lanes != fresh
        }
    }
}
