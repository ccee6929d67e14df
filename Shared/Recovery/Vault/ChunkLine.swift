// SPDX-License-Identifier: Apache-2.0
// Martlet: chunks on their way from archives to volumes.
internal import Synchronization

/// A line of bounded length: chunks enter in order, are worked on in parallel, and leave in the order of entry.
final class ChunkLine: Sendable {
    /// What stands in the line.
    enum Item: Sendable {
        /// A chunk that a thread has finished.
        case chunk(PackedChunk, ArchiveDraft)
        /// Someone who waits until everything before has been stored.
        case barrier(CheckedContinuation<Void, Never>)
    }

    private let state: Mutex<ChunkLineState>

    /// A line for at most `window` chunks.
    init(window: Int) { state = Mutex(ChunkLineState(window: window)) }

    /// Waits for room.
    /// - Throws: `.cancelled`, or the failure that ended the line.
    func enter() async throws(RecoveryError) -> UInt64 {
        let id = state.withLock { $0.makeID() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { admission in
                if let result = state.withLock({ $0.admit(id, admission) }) { admission.resume(returning: result) }
            }
        } onCancel: {
            state.withLock { $0.withdraw(id) }?.resume(returning: .failure(ChunkLineState.cancelled))
        }
        state.withLock { $0.forget(id) }
        return try result.get()
    }

    /// Hands in what became of the chunk that entered with a ticket.
    func deliver(_ chunk: PackedChunk, of draft: ArchiveDraft, _ ticket: UInt64) {
        let delivery = state.withLock { $0.deliver(.chunk(chunk, draft), ticket) }
        delivery.reader?.resume(returning: delivery.item)
    }

    /// Waits until everything that entered before has been stored.
    /// - Throws: The failure that ended the line.
    func settle() async throws(RecoveryError) {
        await withCheckedContinuation { barrier in
            let delivery = state.withLock { $0.mark(.barrier(barrier)) }
            if let reader = delivery.reader {
                reader.resume(returning: delivery.item)
            } else if delivery.item != nil {
                barrier.resume()
            }
        }
        if let failure { throw failure }
    }

    /// The next item, in order; nil at the end or after a failure. There is one reader.
    func next() async -> Item? {
        await withCheckedContinuation { reader in
            if let answer = state.withLock({ $0.next(reader) }) { reader.resume(returning: answer) }
        }
    }

    /// Says that a chunk has left, which makes room for another.
    func left() {
        if let (admission, ticket) = state.withLock({ $0.release() }) { admission.resume(returning: .success(ticket)) }
    }

    /// Why the line has ended before its time; nil while it has not.
    var failure: RecoveryError? { state.withLock { $0.failure } }

    /// Lets the reader end after the last item.
    func close() { state.withLock { $0.close() }?.resume(returning: nil) }

    /// Ends the line: everyone who waits or comes gets this error.
    func fail(_ error: RecoveryError) {
        let failed = state.withLock { $0.fail(error) }
        failed.reader?.resume(returning: nil)
        for admission in failed.waiting { admission.resume(returning: .failure(error)) }
        for case .barrier(let barrier) in failed.items { barrier.resume() }
    }
}
