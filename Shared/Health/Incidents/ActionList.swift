// SPDX-License-Identifier: Apache-2.0
// Martlet: what operators asked for, from taking it on until it is recorded.

/// What operators asked for and was done in memory, until it is recorded; what could not be recorded here, for whoever decides next.
struct ActionList: Sendable {
    private struct Pending: Sendable {
        /// Its number in the ledger's list; nil when it came straight here.
        var id: Int64?
        var action: IncidentAction?
    }

    private var pending: [Pending] = []
    /// Numbers that were taken on under this lead.
    private var taken: Set<Int64> = []
    private var orphans: [IncidentAction] = []

    /// Takes on what came straight here.
    mutating func add(_ action: IncidentAction) { pending.append(Pending(id: nil, action: action)) }

    /// Takes on what stands in the ledger's list; false when it was before.
    mutating func add(_ id: Int64) -> Bool {
        guard taken.insert(id).inserted else { return false }
        pending.append(Pending(id: id, action: nil))
        return true
    }

    /// Takes out what is about to be recorded.
    mutating func take() -> ActionList {
        var copy = ActionList()
        copy.pending = pending
        pending = []
        return copy
    }

    /// The numbers in the ledger's list.
    var ids: [Int64] { pending.compactMap(\.id) }

    /// Puts back what could not be recorded yet.
    mutating func putBack(_ other: ActionList) { pending = other.pending + pending }

    /// Somebody else decides: what came straight here goes to the ledger's list, and what stands there stays.
    mutating func giveUp(_ other: ActionList = ActionList()) {
        orphans += (other.pending + pending).compactMap(\.action)
        pending = []
        taken = []
    }

    /// Takes out what belongs into the ledger's list.
    mutating func takeOrphans() -> [IncidentAction] {
        defer { orphans = [] }
        return orphans
    }

    /// Puts back what could not be left there yet.
    mutating func putBack(orphans others: some Sequence<IncidentAction>) { orphans = others + orphans }
}
