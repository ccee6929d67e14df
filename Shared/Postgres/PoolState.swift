// SPDX-License-Identifier: Apache-2.0
// Martlet: the bookkeeping of a pool, without I/O.

/// Which connections are open and who waits for one.
struct PoolState {
    typealias Waiter = CheckedContinuation<Result<PostgresConnection, PostgresError>, Never>

    enum Choice {
        case connection(PostgresConnection)
        case wait
        case fail(PostgresError)
    }

    private(set) var open: [PostgresConnection] = []
    private var waiters: [UInt64: Waiter] = [:]
    /// Waiters that were given up before they were added.
    private var lastWaiter: UInt64 = 0
    private(set) var isClosed = false
    private(set) var lastFailure: PostgresError?

    var waiting: Int { waiters.count }

    /// The open connection with the fewest calls; one on the caller's own loop wins unless it is much busier,
    /// since it spares two thread switches.
    func choose() -> Choice {
        if isClosed { return .fail(PostgresError(.closed, "the pool was closed")) }
        guard var best = open.first else { return .wait }
        var bestCost = Int.max
        for connection in open {
            let cost = connection.load * 2 + (connection.loop.isCurrent ? 0 : 15)
            if cost < bestCost {
                best = connection
                bestCost = cost
            }
        }
        return .connection(best)
    }

    mutating func add(_ connection: PostgresConnection) -> (granted: [Waiter], isRefused: Bool) {
        guard !isClosed else { return ([], true) }
        open.append(connection)
        lastFailure = nil
        return (takeWaiters(), false)
    }

    mutating func remove(_ connection: PostgresConnection) {
        open.removeAll { $0 === connection }
    }

    mutating func failed(_ error: PostgresError) { lastFailure = error }

    mutating func makeWaiterID() -> UInt64 {
        lastWaiter += 1
        return lastWaiter
    }

    mutating func wait(_ waiter: Waiter, id: UInt64) { waiters[id] = waiter }

    mutating func giveUp(_ id: UInt64) -> Waiter? { waiters.removeValue(forKey: id) }

    mutating func close() -> [Waiter] {
        isClosed = true
        return takeWaiters()
    }

    private mutating func takeWaiters() -> [Waiter] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
