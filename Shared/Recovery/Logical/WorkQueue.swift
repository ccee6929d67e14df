// SPDX-License-Identifier: Apache-2.0
// Martlet: work that several sessions share.
internal import Postgres
internal import Synchronization

/// Pieces of work, each of which one of several takes; the first comes first.
final class WorkQueue<Piece: Sendable>: Sendable {
    private let pieces: Mutex<ArraySlice<Piece>>

    init(_ pieces: [Piece]) { self.pieces = Mutex(pieces[...]) }

    private func next() -> Piece? { pieces.withLock { $0.popFirst() } }

    /// Has every session take piece after piece; the first failure ends them all.
    func run(
        _ sessions: [PostgresSession],
        _ work: @escaping @Sendable (Piece, PostgresSession) async throws(RecoveryError) -> Void
    ) async throws(RecoveryError) {
        let outcome = await withTaskGroup(of: RecoveryError?.self) { group in
            for session in sessions {
                group.addTask {
                    while let piece = self.next() {
                        do throws(RecoveryError) { try await work(piece, session) } catch { return error }
                    }
                    return nil
                }
            }
            var first: RecoveryError?
            for await failure in group {
                guard let failure else { continue }
                if first == nil || first?.code == .cancelled { first = failure }
                group.cancelAll()
            }
            return first
        }
        if let outcome { throw outcome }
    }
}
