// SPDX-License-Identifier: Apache-2.0
// Martlet: one thread with epoll that is the executor of connections and of the tasks that use them.

import Synchronization

// Sendable: `poller`, `inbox` and `threadID` are safe on every thread; each `var` below is touched only by the loop's
// thread, which every path to them establishes (`run`, or a `preconditionOnLoop`).
/// An executor on a thread of its own that also waits for sockets and timers.
///
/// Connections are actors on a loop. A task that runs on the same loop reaches them without a thread switch:
/// ```swift
/// let loop = EventLoop(name: "postgres-0")
/// let pool = PostgresPool(configuration, loops: [loop], logger: logger)
/// await withTaskExecutorPreference(loop) { … try await pool.execute(statement, bindings) … }
/// ```
/// Code on a loop must not block.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var isAsleep = false
        var isRunning = true
        var isStopping = false
    }

    /// How often jobs may enqueue more jobs before the loop looks at its sockets again.
    private static let roundsPerTurn = 8

    /// Shown as the thread's name.
    public let name: String
    private let poller = EventPoller()
    private let inbox = Mutex(Inbox())
    private let threadID = Atomic<UInt>(0)

    private var jobs: [UnownedJob] = []
    private var batch: [UnownedJob] = []
    private var handlers: [Int32: WeakHandler] = [:]
    private var turnEnds: [any EventLoopHandler] = []
    private var timers = TimerQueue()

    /// Starts the thread; `name` is cut to 15 bytes by the kernel.
    public init(name: String) {
        self.name = name
        startThread()
    }

    /// Lets the thread end once nothing is left to do. Close the connections first; late work still runs.
    public func shutdown() {
        let wakes = inbox.withLock { inbox in
            inbox.isStopping = true
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if wakes { poller.wake() }
    }

    /// Whether the caller is on the loop's thread.
    public var isCurrent: Bool { threadID.load(ordering: .relaxed) == SystemThread.currentID }

    // MARK: Executor

    /// Runs `job` on the loop's thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
        } else {
            post { $0.jobs.append(job) }
        }
    }

    /// This loop as the executor of an actor.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(complexEquality: self) }

    /// Whether both are the same loop.
    public func isSameExclusiveExecutionContext(other: EventLoop) -> Bool { self === other }

    /// Stops the process when the caller is not on the loop's thread.
    public func checkIsolated() { preconditionOnLoop() }

    /// Runs `work` on the loop's thread, in the order of posting; at once when already there.
    func execute(_ work: @escaping @Sendable () -> Void) {
        if isCurrent {
            work()
        } else {
            post { $0.work.append(work) }
        }
    }

    private func post(_ add: (inout Inbox) -> Void) {
        let (wakes, starts) = inbox.withLock { inbox in
            add(&inbox)
            defer {
                inbox.isAsleep = false
                inbox.isRunning = true
            }
            return (inbox.isAsleep, !inbox.isRunning)
        }
        if wakes { poller.wake() }
        // The loop was shut down and its thread has ended: a late resumption must still run, or its task hangs.
        if starts { startThread() }
    }

    // MARK: Descriptors and turns, on the loop's thread only

    func register(_ descriptor: Int32, _ handler: any EventLoopHandler, interest: IOReadiness) {
        preconditionOnLoop()
        handlers[descriptor] = WeakHandler(handler: handler)
        poller.add(descriptor, interest)
    }

    func update(_ descriptor: Int32, interest: IOReadiness) {
        preconditionOnLoop()
        poller.modify(descriptor, interest)
    }

    func deregister(_ descriptor: Int32) {
        preconditionOnLoop()
        handlers[descriptor] = nil
        poller.remove(descriptor)
    }

    /// Calls `handler.turnEnded()` once, after the jobs of this turn.
    func callAtTurnEnd(_ handler: any EventLoopHandler) {
        preconditionOnLoop()
        turnEnds.append(handler)
    }

    private func preconditionOnLoop() {
        precondition(isCurrent, "not on the thread of this event loop")
    }

    // MARK: Timers

    /// Calls `work` on the loop's thread after `delay`; keep the timer only to cancel it.
    @discardableResult
    public func schedule(after delay: Duration, _ work: @escaping @Sendable () -> Void) -> EventLoopTimer {
        let due = MonotonicTime.now + delay
        let timer = EventLoopTimer(work)
        execute { self.timers.insert(timer, due: due) }
        return timer
    }

    // MARK: The thread

    private func startThread() {
        let started = SystemThread.start(named: name) { self.run() }
        precondition(started, "the system gave no thread for an event loop")
    }

    private func run() {
        threadID.store(SystemThread.currentID, ordering: .relaxed)
        while turn() {}
    }

    /// One turn: sockets, timers, jobs, flushes. Returns false when the thread shall end.
    private func turn() -> Bool {
        let timeout = pollTimeout()
        guard let timeout else { return false }
        poller.wait(timeout: timeout) { descriptor, readiness in
            guard let handler = handlers[descriptor]?.handler else { return deregister(descriptor) }
            handler.ioReady(readiness)
        }
        if timers.nextDue() != nil {
            let now = MonotonicTime.now
            while let timer = timers.popDue(at: now) { timer.fire() }
        }
        for _ in 0..<Self.roundsPerTurn {
            takeInbox()
            if jobs.isEmpty { break }
            runJobs()
        }
        // A flush may fail a connection and so resume tasks; those jobs belong to the next turn.
        while let handler = turnEnds.popLast() { handler.turnEnded() }
        return true
    }

    private func runJobs() {
        swap(&jobs, &batch)
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        for job in batch { job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
        batch.removeAll(keepingCapacity: true)
    }

    private func takeInbox() {
        var work: [@Sendable () -> Void] = []
        inbox.withLock { inbox in
            if !inbox.jobs.isEmpty {
                jobs.append(contentsOf: inbox.jobs)
                inbox.jobs.removeAll(keepingCapacity: true)
            }
            swap(&work, &inbox.work)
        }
        for item in work { item() }
    }

    /// Milliseconds to wait for sockets, or nil when the loop is shut down and idle.
    private func pollTimeout() -> Int32? {
        guard jobs.isEmpty, turnEnds.isEmpty else { return 0 }
        let due = timers.nextDue()
        let (mayWait, ends) = inbox.withLock { inbox -> (Bool, Bool) in
            guard inbox.jobs.isEmpty, inbox.work.isEmpty else { return (false, false) }
            if inbox.isStopping, due == nil, !handlers.values.contains(where: { $0.handler != nil }) {
                inbox.isRunning = false
                threadID.store(0, ordering: .relaxed)
                return (false, true)
            }
            inbox.isAsleep = true
            return (true, false)
        }
        if ends { return nil }
        guard mayWait else { return 0 }
        guard let due else { return -1 }
        let now = MonotonicTime.now
        guard due > now else { return 0 }
        return Int32(clamping: (due.nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }
}
