// SPDX-License-Identifier: Apache-2.0
// Martlet: what operators asked for, from taking it on until it is recorded.

/// What operators asked for and was done in memory, until it is recorded; what could not be recorded here, for whoever decides next.
struct ActionList: Sendable {
    /// What came straight here, under a key by which the ledger knows it again.
    struct Keyed: Sendable, Equatable {
        var key: String
        var action: IncidentAction
    }

    private enum Pending: Sendable {
        /// A number in the ledger's list.
        case listed(Int64)
        case direct(Keyed)
    }

    private var pending: [Pending] = []
    /// Numbers that were taken on under this lead.
    private var taken: Set<Int64> = []
    private var orphans: [Keyed] = []

    /// A key that nobody else makes.
    static func makeKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }

    /// Takes on what came straight here.
    mutating func add(_ action: IncidentAction) {
        pending.append(.direct(Keyed(key: Self.makeKey(), action: action)))
    }

    /// Takes on what stands in the ledger's list; false when it was before.
    mutating func add(_ id: Int64) -> Bool {
        guard taken.insert(id).inserted else { return false }
        pending.append(.listed(id))
        return true
    }

    /// Takes out what is about to be recorded.
    mutating func take() -> ActionList {
        var copy = ActionList()
        copy.pending = pending
        pending = []
        return copy
    }

    /// Whether nothing is to be recorded.
    var isEmpty: Bool { pending.isEmpty }
    /// The numbers in the ledger's list.
    var ids: [Int64] { pending.compactMap { if case .listed(let id) = $0 { id } else { nil } } }
    /// The keys of what came straight here.
    var keys: [String] { direct.map(\.key) }
    private var direct: [Keyed] { pending.compactMap { if case .direct(let action) = $0 { action } else { nil } } }

    /// Puts back what could not be recorded yet.
    mutating func putBack(_ other: ActionList) { pending = other.pending + pending }

    /// Somebody else decides: what came straight here goes to the ledger's list, and what stands there stays.
    ///
    /// - Parameter recorded: Incidents that were recorded with all that was asked for.
    mutating func giveUp(_ other: ActionList = ActionList(), except recorded: Set<Int64> = []) {
        orphans += (other.direct + direct).filter { !recorded.contains($0.action.incident) }
        pending = []
        taken = []
    }

    /// Takes out what belongs into the ledger's list.
    mutating func takeOrphans() -> [Keyed] {
        defer { orphans = [] }
        return orphans
    }

    /// Puts back what could not be left there yet.
    mutating func putBack(orphans others: some Sequence<Keyed>) { orphans = others + orphans }
}
