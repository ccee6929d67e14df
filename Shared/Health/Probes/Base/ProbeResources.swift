// SPDX-License-Identifier: Apache-2.0
// Martlet: what all probes of a process share.
public import NIOCore
internal import NIOPosix
internal import Postgres

/// Event loops, a few threads for calls that block, TLS contexts and name look-ups; made once, shut down at the end.
public final class ProbeResources: Sendable {
    /// The loops that the probes run on.
    let group: any NIOCore.EventLoopGroup
    /// For getaddrinfo and the start of commands: neither can be interrupted.
    let threads: NIOThreadPool
    let contexts = TLSContexts()
    let names: NameLookup
    /// PostgreSQL's sessions live here.
    let databaseLoop = Postgres.EventLoop(name: "health-postgres")

    /// Takes the loops to run on, and how many threads block at most (default 4).
    public init(group: any NIOCore.EventLoopGroup, blockingThreads: Int = 4) {
        self.group = group
        threads = NIOThreadPool(numberOfThreads: max(1, blockingThreads))
        threads.start()
        names = NameLookup(threads: threads)
    }

    /// Ends the threads; runs that are under way fail. The loops stay their owner's.
    public func shutdown() async {
        databaseLoop.shutdown()
        // The pool reports nothing here that could be acted on: it is gone already or ends now.
        try? await threads.shutdownGracefully()
    }
}
