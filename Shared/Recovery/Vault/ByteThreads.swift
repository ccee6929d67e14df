// SPDX-License-Identifier: Apache-2.0
// Martlet: the threads that compress and encrypt.
internal import NIOCore
internal import NIOPosix

/// Threads for work on bytes, each with compression contexts of its own that are used again and again.
///
/// They end when the last user lets go of this object; work that was begun is finished before.
final class ByteThreads: Sendable {
    /// Cores that this process may use, 1 to 64.
    static let cores = min(64, max(1, System.coreCount))

    /// How many there are.
    let count: Int
    private let pool: NIOThreadPool
    private let contexts = ThreadSpecificVariable<CodecContext>()

    init(count: Int) {
        self.count = count
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Has a thread do some work as soon as one is free.
    func submit(_ work: @escaping @Sendable (CodecContext) -> Void) {
        pool.submit { _ in
            let context = self.contexts.currentValue ?? CodecContext()
            self.contexts.currentValue = context
            work(context)
        }
    }

    /// Waits for work that a thread does.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable (CodecContext) throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, RecoveryError>, Never>) in
            submit { context in
                continuation.resume(returning: Result { () throws(RecoveryError) in try work(context) })
            }
        }
        return try result.get()
    }
}
