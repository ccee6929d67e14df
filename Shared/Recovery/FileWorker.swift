// SPDX-License-Identifier: Apache-2.0
// Martlet: a thread for calls that block on files or compute for long.
internal import Postgres

/// Runs bodies one after another on a thread of its own.
actor FileWorker {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(name: String) { loop = EventLoop(name: name) }

    deinit { loop.shutdown() }

    /// Runs a body and returns what it gives.
    func run<Value: Sendable>(_ body: @Sendable () throws(RecoveryError) -> Value) throws(RecoveryError) -> Value {
        try body()
    }
}
