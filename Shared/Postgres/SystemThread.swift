// SPDX-License-Identifier: Apache-2.0
// Martlet: a detached thread for work that must not sit on the cooperative pool.

import CLinux
import Glibc

/// Starts threads; a thread lives as long as its body.
enum SystemThread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a new detached thread, with signals left to the threads that want them.
    /// - Returns: false when the system has no thread to give.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(Body(name, body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { raw in
                guard let raw else { return nil }
                let body = Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
                martlet_block_signals()
                martlet_name_thread(body.name)
                body.run()
                return nil
            },
            context.toOpaque()
        )
        guard status == 0 else {
            context.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Identity of the calling thread, never 0.
    static var currentID: UInt { UInt(pthread_self()) }
}
