// SPDX-License-Identifier: Apache-2.0
// Martlet: the order of chunks between those who make them and the one who stores them.

/// The state of a ``ChunkLine``: no clock, no thread; each step returns whom to wake.
struct ChunkLineState {
    typealias Ticket = UInt64
    typealias Admission = CheckedContinuation<Result<Ticket, RecoveryError>, Never>

    private let window: Int
    private var underWay = 0
    private var nextTicket: Ticket = 0
    private var nextOut: Ticket = 0
    private var ready: [Ticket: ChunkLine.Item] = [:]
    private var waiting: [(id: UInt64, admission: Admission)] = []
    private var nextID: UInt64 = 0
    private var withdrawn: Set<UInt64> = []
    private var reader: CheckedContinuation<ChunkLine.Item?, Never>?
    private var isClosed = false
    private(set) var failure: RecoveryError?

    init(window: Int) { self.window = window }

    /// A name for a wait that may be withdrawn.
    mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    /// A ticket at once, or a failure, or nil: then it comes through the admission.
    mutating func admit(_ id: UInt64, _ admission: Admission) -> Result<Ticket, RecoveryError>? {
        if let failure { return .failure(failure) }
        if withdrawn.remove(id) != nil { return .failure(Self.cancelled) }
        guard underWay < window else {
            waiting.append((id, admission))
            return nil
        }
        return .success(takeTicket())
    }

    /// Gives a wait up.
    mutating func withdraw(_ id: UInt64) -> Admission? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else {
            withdrawn.insert(id)
            return nil
        }
        return waiting.remove(at: index).admission
    }

    /// Forgets a wait that has ended.
    mutating func forget(_ id: UInt64) { withdrawn.remove(id) }

    /// A place in the order for something that takes no room.
    mutating func mark(_ item: ChunkLine.Item) -> Delivery {
        guard failure == nil else { return Delivery(reader: nil, item: item) }
        let ticket = nextTicket
        nextTicket += 1
        return deliver(item, ticket)
    }

    /// Takes what has become of a ticket.
    mutating func deliver(_ item: ChunkLine.Item, _ ticket: Ticket) -> Delivery {
        guard failure == nil else { return Delivery(reader: nil, item: item) }
        ready[ticket] = item
        guard let reader, let item = ready.removeValue(forKey: nextOut) else { return Delivery(reader: nil, item: nil) }
        self.reader = nil
        nextOut += 1
        return Delivery(reader: reader, item: item)
    }

    /// The next item in order, or `.some(nil)` at the end; nil when the reader has to wait.
    mutating func next(_ reader: CheckedContinuation<ChunkLine.Item?, Never>) -> ChunkLine.Item?? {
        if failure != nil { return .some(nil) }
        if let item = ready.removeValue(forKey: nextOut) {
            nextOut += 1
            return item
        }
        if isClosed, nextOut == nextTicket { return .some(nil) }
        self.reader = reader
        return nil
    }

    /// Makes room for another chunk.
    mutating func release() -> (Admission, Ticket)? {
        underWay -= 1
        guard !waiting.isEmpty, failure == nil else { return nil }
        return (waiting.removeFirst().admission, takeTicket())
    }

    /// No more items will come.
    mutating func close() -> CheckedContinuation<ChunkLine.Item?, Never>? {
        isClosed = true
        guard nextOut == nextTicket else { return nil }
        defer { reader = nil }
        return reader
    }

    /// Ends everything; only the first failure counts.
    mutating func fail(_ error: RecoveryError) -> Failed {
        guard failure == nil else { return Failed(waiting: [], items: [], reader: nil) }
        failure = error
        let failed = Failed(waiting: waiting.map(\.admission), items: Array(ready.values), reader: reader)
        waiting = []
        ready = [:]
        reader = nil
        return failed
    }

    private mutating func takeTicket() -> Ticket {
        underWay += 1
        defer { nextTicket += 1 }
        return nextTicket
    }

    static let cancelled = RecoveryError(.cancelled, "the backup was cancelled")

    /// Whom to hand an item: the reader, or nobody any more.
    struct Delivery {
        let reader: CheckedContinuation<ChunkLine.Item?, Never>?
        let item: ChunkLine.Item?
    }

    /// Who is left behind by a failure.
    struct Failed {
        let waiting: [Admission]
        let items: [ChunkLine.Item]
        let reader: CheckedContinuation<ChunkLine.Item?, Never>?
    }
}
