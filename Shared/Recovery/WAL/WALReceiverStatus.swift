// SPDX-License-Identifier: Apache-2.0
// Martlet: a receiver's state as its parts share it.
internal import Synchronization

/// Holds a ``WALReceiverState`` for those who write and those who read it.
final class WALReceiverStatus: Sendable {
    private let state = Mutex(WALReceiverState())

    func withLock<Value>(_ body: (inout WALReceiverState) -> sending Value) -> sending Value {
        state.withLock { body(&$0) }
    }
}
