// SPDX-License-Identifier: Apache-2.0
// Martlet: pieces of files on their way to the disk, several at once.
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Threads that write pieces of files, so that the one who reads the archive never waits for a disk that has room.
///
/// One owner submits pieces and awaits ``room()`` in between, so at most ``window`` pieces and what one call submits are
/// in memory. After a failure nothing more is written, and the owner learns of it from ``room()`` or ``settle()``.
final class FileWrites: Sendable {
    /// Pieces under way beyond which the owner waits.
    static let window = 4
    /// Pieces below this size are written at once by the owner: handing them over costs more.
    static let least = 64 << 10

    private struct State {
        var underWay = 0
        var failure: RecoveryError?
        /// Whom to wake, and once how few pieces are under way.
        var waiter: (continuation: CheckedContinuation<Void, Never>, most: Int)?
    }

    private let pool: NIOThreadPool
    private let buffers = ThreadSpecificVariable<AlignedBuffer>()
    private let state = Mutex(State())

    init(threads: Int) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Has a part of some bytes written at a place of a file, which stays open that long.
    func submit(_ bytes: [UInt8], _ range: Range<Int>, to file: WrittenFile, at offset: Int64) throws(RecoveryError) {
        guard range.count >= Self.least else { return try file.write(bytes, range, at: offset) }
        state.withLock { $0.underWay += 1 }
        pool.submit { _ in
            var failure: RecoveryError?
            if self.state.withLock({ $0.failure == nil }) {
                let buffer = self.buffers.currentValue ?? AlignedBuffer()
                self.buffers.currentValue = buffer
                do throws(RecoveryError) { try file.write(bytes, range, at: offset, through: buffer) } catch {
                    failure = error
                }
            }
            self.done(failure)
        }
    }

    /// Waits until there is room for more pieces.
    /// - Throws: `.disk` with the file of the first piece that could not be written.
    func room() async throws(RecoveryError) { try await wait(most: Self.window) }

    /// Waits until all pieces are written.
    /// - Throws: as ``room()``.
    func settle() async throws(RecoveryError) { try await wait(most: 0) }

    private func wait(most: Int) async throws(RecoveryError) {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = state.withLock { state in
                guard state.underWay > most else { return true }
                state.waiter = (continuation, most)
                return false
            }
            if isReady { continuation.resume() }
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func done(_ failure: RecoveryError?) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.underWay -= 1
            state.failure = state.failure ?? failure
            guard let waiter = state.waiter, state.underWay <= waiter.most else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume()
    }
}
