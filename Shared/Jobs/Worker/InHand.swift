// SPDX-License-Identifier: Apache-2.0
// What a worker holds: ready, running, finished but not yet recorded. Pure: time comes in, decisions come out.

internal import DequeModule

/// The jobs in a worker's hands.
struct InHand: Sendable {
    enum Phase: Sendable {
        case ready, running, finished
    }

    struct Held: Sendable {
        var delivery: Delivery
        var phase = Phase.ready
        var admittedAt: ContinuousClock.Instant
        var deadline: ContinuousClock.Instant?
        var renewAt: ContinuousClock.Instant
        var task: Task<Void, Never>?
        /// Why its task was cancelled, if it was.
        var stop: Stop?
    }

    /// Why a running job was told to stop; a later reason does not replace an earlier one.
    enum Stop: Sendable {
        /// Somebody asked for it.
        case cancelled
        /// The attempt ran too long.
        case timedOut
        /// The ledger handed it to somebody else.
        case overtaken
        /// This worker shuts down.
        case draining
    }

    let concurrency: Int
    let kindLimits: [String: Int]
    let maxPrefetch: Int
    let maxUnrecorded: Int
    /// How long a job may be in hand before the ledger is told.
    let quiet: Duration

    private(set) var held: [Fence: Held] = [:]
    private var ready: [Deque<Fence>] = Array(repeating: [], count: 10)
    private var blocked: [String: Deque<Fence>] = [:]
    private var runningByKind: [String: Int] = [:]
    private(set) var running = 0
    private(set) var waiting = 0
    private var blockedCount = 0
    private(set) var unrecorded = 0
    private(set) var isDraining = false
    private var rate = RecentRate()

    init(
        concurrency: Int,
        kindLimits: [String: Int],
        maxPrefetch: Int,
        maxUnrecorded: Int,
        quiet: Duration = .milliseconds(500)
    ) {
        self.concurrency = concurrency
        self.kindLimits = kindLimits
        self.maxPrefetch = maxPrefetch
        self.maxUnrecorded = maxUnrecorded
        self.quiet = quiet
    }

    /// How many more jobs to take: the free places, and what 50 ms at the recent rate would use up, so that a fast worker never runs dry and a slow one
    /// holds nothing back from others.
    func capacity(now: ContinuousClock.Instant) -> Int {
        guard !isDraining, unrecorded < maxUnrecorded else { return 0 }
        // Jobs that wait for their own kind's limit do not count, or one kind would starve the others; up to a bound.
        let held = blockedCount < 4 * concurrency ? waiting - blockedCount : waiting
        let prefetch = min(maxPrefetch, rate.perSecond(now: now) / 20)
        return max(0, concurrency - running + prefetch - held)
    }

    /// Those of these deliveries that are not in hand.
    func unheld(_ deliveries: [Delivery]) -> [Delivery] { deliveries.filter { held[$0.fence] == nil } }

    /// Takes deliveries in.
    ///
    /// - Returns: Those to start at once.
    mutating func admit(_ deliveries: [Delivery], now: ContinuousClock.Instant) -> [Delivery] {
        for delivery in deliveries where held[delivery.fence] == nil {
            held[delivery.fence] = Held(delivery: delivery, admittedAt: now, renewAt: now + quiet)
            ready[min(9, max(0, delivery.job.lane.priority))].append(delivery.fence)
            waiting += 1
        }
        return startable()
    }

    /// Notes the task and the deadline of a job that was started.
    mutating func started(_ fence: Fence, task: Task<Void, Never>, deadline: ContinuousClock.Instant?) {
        guard held[fence]?.phase == .running else { return }
        held[fence]?.task = task
        held[fence]?.deadline = deadline
        if held[fence]?.stop != nil { task.cancel() }
    }

    /// Notes that a handler has returned.
    ///
    /// - Returns: Why it was told to stop, if it was, and the jobs to start in its place.
    mutating func finished(_ fence: Fence, now: ContinuousClock.Instant) -> (stop: Stop?, next: [Delivery]) {
        guard var entry = held[fence], entry.phase == .running else { return (nil, []) }
        entry.phase = .finished
        entry.task = nil
        held[fence] = entry
        running -= 1
        unrecorded += 1
        release(entry.delivery.job.kind)
        rate.count(1, now: now)
        return (entry.stop, startable())
    }

    /// Lets go of jobs whose end is recorded, or no longer ours to record.
    mutating func recorded(_ fences: [Fence]) {
        for fence in fences {
            guard let entry = held.removeValue(forKey: fence), entry.phase == .finished else { continue }
            unrecorded -= 1
        }
    }

    /// Jobs whose lease is due to be taken or renewed; their next renewal is set.
    mutating func dueForRenewal(now: ContinuousClock.Instant, every interval: Duration, limit: Int) -> [Fence] {
        var due: [Fence] = []
        for (fence, entry) in held where entry.renewAt <= now {
            due.append(fence)
            if due.count == limit { break }
        }
        for fence in due { held[fence]?.renewAt = now + interval }
        return due
    }

    /// Sets the next renewal of these jobs.
    mutating func renew(_ fences: [Fence], at time: ContinuousClock.Instant) {
        for fence in fences { held[fence]?.renewAt = time }
    }

    /// Tells running jobs beyond their deadline to stop.
    mutating func expire(now: ContinuousClock.Instant) -> [Task<Void, Never>] {
        guard running > 0 else { return [] }
        let late = held.filter { $0.value.phase == .running && ($0.value.deadline.map { $0 <= now } ?? false) }
        return late.keys.compactMap { stop($0, .timedOut) }
    }

    /// Tells a job to stop; one that has not started is let go (`overtaken`) or kept for its handler to see.
    mutating func stop(_ fence: Fence, _ reason: Stop) -> Task<Void, Never>? {
        guard var entry = held[fence], entry.phase == .running, entry.stop == nil else { return nil }
        entry.stop = reason
        held[fence] = entry
        return entry.task
    }

    /// Forgets jobs that have not started, because the ledger handed them to somebody else.
    mutating func forget(_ fence: Fence) -> Delivery? {
        guard let entry = held[fence], entry.phase == .ready else { return nil }
        held[fence] = nil
        removeReady(fence, kind: entry.delivery.job.kind)
        return entry.delivery
    }

    /// Stops taking and starting.
    ///
    /// - Returns: The jobs that had not started; they are no longer held.
    mutating func drain() -> [Delivery] {
        isDraining = true
        let unstarted = held.filter { $0.value.phase == .ready }
        for fence in unstarted.keys { held[fence] = nil }
        ready = Array(repeating: [], count: 10)
        blocked = [:]
        blockedCount = 0
        waiting = 0
        return unstarted.values.map(\.delivery)
    }

    /// The fences under which a job is held.
    func fences(of id: JobID) -> [Fence] { held.keys.filter { $0.id == id } }

    private mutating func startable() -> [Delivery] {
        var starting: [Delivery] = []
        guard !isDraining else { return starting }
        while running < concurrency, let fence = nextReady() {
            guard var entry = held[fence] else { continue }
            entry.phase = .running
            held[fence] = entry
            running += 1
            waiting -= 1
            starting.append(entry.delivery)
        }
        return starting
    }

    private mutating func nextReady() -> Fence? {
        for priority in ready.indices {
            while let fence = ready[priority].popFirst() {
                guard let kind = held[fence]?.delivery.job.kind else { continue }
                if let limit = kindLimits[kind] {
                    if runningByKind[kind, default: 0] >= limit {
                        blocked[kind, default: []].append(fence)
                        blockedCount += 1
                        continue
                    }
                    runningByKind[kind, default: 0] += 1
                }
                return fence
            }
        }
        return nil
    }

    private mutating func release(_ kind: String) {
        guard kindLimits[kind] != nil else { return }
        runningByKind[kind, default: 1] -= 1
        while let fence = blocked[kind]?.popFirst() {
            blockedCount -= 1
            guard let entry = held[fence] else { continue }
            ready[min(9, max(0, entry.delivery.job.lane.priority))].prepend(fence)
            break
        }
    }

    private mutating func removeReady(_ fence: Fence, kind: String) {
        waiting -= 1
        for priority in ready.indices { ready[priority].removeAll { $0 == fence } }
        let before = blocked[kind]?.count ?? 0
        blocked[kind]?.removeAll { $0 == fence }
        blockedCount -= before - (blocked[kind]?.count ?? 0)
    }
}
