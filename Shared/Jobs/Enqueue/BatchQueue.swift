// SPDX-License-Identifier: Apache-2.0
// Where single items become batches: whoever is free takes all that has gathered, so an idle system adds no delay and a busy one batches by itself.

internal import DequeModule
internal import Synchronization

/// A bounded queue that is emptied in batches.
final class BatchQueue<Element: Sendable>: Sendable {
    private struct State {
        var items = Deque<Element>()
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isClosed = false

        mutating func take(_ max: Int) -> [Element] {
            let batch = Array(items.prefix(max))
            items.removeFirst(batch.count)
            return batch
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    /// Creates a queue that holds at most `limit` items.
    init(limit: Int) {
        self.limit = limit
    }

    /// How many items wait.
    var count: Int { state.withLock { $0.items.count } }

    /// Adds items, all or none.
    ///
    /// - Returns: false when they do not fit or the queue is closed.
    func append(_ items: some Collection<Element>) -> Bool {
        let (accepted, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isClosed, state.items.count + items.count <= limit else { return (false, nil) }
            state.items.append(contentsOf: items)
            return (true, state.waiters.popLast())
        }
        waiter?.resume()
        return accepted
    }

    /// Adds items even beyond the limit or after closing; for items that must not be lost and whose number is bounded elsewhere.
    func put(_ items: some Collection<Element>) {
        let waiter = state.withLock { state in
            state.items.append(contentsOf: items)
            return state.waiters.popLast()
        }
        waiter?.resume()
    }

    /// Takes up to `max` of the items that wait now.
    func take(max: Int) -> [Element] { state.withLock { $0.take(max) } }

    /// Waits for items and takes up to `max` of them; nil when the queue is closed and empty.
    func next(max: Int) async -> [Element]? {
        while true {
            let taken = state.withLock { state -> [Element]? in
                state.items.isEmpty && !state.isClosed ? nil : state.take(max)
            }
            if let taken { return taken.isEmpty ? nil : taken }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.items.isEmpty || state.isClosed { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    /// Lets nothing more in; what is there is still handed out.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
