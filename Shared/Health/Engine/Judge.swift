// SPDX-License-Identifier: Apache-2.0
// Martlet: judges the checks, decides about incidents where it may, and records what it decided.

internal import FoundationEssentials
internal import Logging
public import Platform
public import ServiceLifecycle
internal import Synchronization

/// The shell around the judgement: looks whenever there is news and once a second, and records at once.
public final class Judge: Service {
    /// What the pages show.
    public struct Picture: Sendable {
        /// What is said of each check.
        public var verdicts: [String: Verdict] = [:]
        /// Open incidents and those that ended a moment ago, newest first.
        public var incidents: [Incident] = []
        /// What suppresses the incident of a check.
        public var suppressed: [String: String] = [:]
        /// The checks in maintenance.
        public var maintenance: Set<String> = []
        /// When it was judged.
        public var at = Timestamp(microseconds: 0)
        /// Raised whenever something changed.
        public var revision = 0
    }

    struct State {
        var judgement: Judgement
        var picture = Picture()
        /// Whether the book is the recorded one: after taking the lead it is read before anything is decided.
        var isLoaded = false
        /// Whether what was believed before this process was read.
        var hasRead = false
        /// Whether what was decided without the ledger waits to be recorded.
        var wasActing = false
        /// Whether the ledger has open incidents that the book has not: somebody recorded them late.
        var hasStrangers = false
        var sweep = ContinuousClock.now
        /// When all is decided anew although nothing bad was found: holds end, and people are reminded.
        var nextDecision = ContinuousClock.now
        /// How much of each incident's timeline was logged.
        var logged: [Int64: Int] = [:]
        /// What others recorded, while somebody else decides; nil until it was read.
        var others: [Incident]?
        /// What others told beside incidents, newest first, as long as somebody else decides.
        var events: [HealthEvent] = []
        /// What operators asked for and is not recorded.
        var actions = ActionList()
    }

    private let board: ObservationBoard
    let store: HealthStore
    let coordinator: Coordinator
    private let calendar: MaintenanceCalendar
    let courier: Courier
    private let onFirstRead: @Sendable ([Observation]) -> Void
    let logger: Logger
    let state: Mutex<State>
    /// One records at a time: whoever waits for what somebody else has in hand waits until it is recorded.
    let recording = Turn()
    /// Signals that notifications were recorded.
    let recorded = Signal()

    init(
        board: ObservationBoard,
        store: HealthStore,
        coordinator: Coordinator,
        calendar: MaintenanceCalendar,
        courier: Courier,
        policy: NotificationPolicy,
        logger: Logger,
        onFirstRead: @escaping @Sendable ([Observation]) -> Void = { _ in }
    ) {
        self.onFirstRead = onFirstRead
        self.board = board
        self.store = store
        self.coordinator = coordinator
        self.calendar = calendar
        self.courier = courier
        self.logger = logger
        state = Mutex(State(judgement: Judgement(policy: policy)))
    }

    /// Takes on a configuration.
    func load(_ checks: [CheckDefinition], policy: NotificationPolicy, pageURL: String?) {
        state.withLock { $0.judgement.load(checks, policy: policy, pageURL: pageURL) }
        board.keep(Set(checks.map(\.id)))
    }

    /// Whether this aggregator decides and everything that it decided is recorded.
    var isSettled: Bool {
        guard case .leading = coordinator.role else { return false }
        return state.withLock { $0.isLoaded && !$0.wasActing }
    }

    /// What the pages show.
    public var picture: Picture { state.withLock { $0.picture } }

    /// Whether ``picture`` has all incidents that are not over; not before they were read for the first time.
    public var knowsIncidents: Bool {
        let decides = coordinator.role.decides
        return state.withLock { decides ? $0.isLoaded : $0.others != nil }
    }

    /// Judges until graceful shutdown; a ledger that does not answer keeps nobody from judging.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        await self.exchange(self.coordinator.role)
                        try? await Task.sleep(for: .seconds(1))
                    }
                }
                while !Task.isCancelled {
                    let role = self.coordinator.role
                    if await self.prepare(role) {
                        if self.decide() {
                            // Seen at once, also while the ledger takes its time.
                            self.show(at: .now())
                            await self.record()
                        }
                    } else if role == .following {
                        await self.handOver()
                    }
                    self.show(at: .now())
                    await self.board.wait(.seconds(1))
                    // Many findings that come together are judged together.
                    try? await Task.sleep(for: .milliseconds(50))
                }
                group.cancelAll()
            }
        }
    }

    /// Reads what others wrote: what they believe, and, while they decide, what they decided.
    private func exchange(_ role: Role) async {
        await leaveOrphans()
        do throws(HealthError) {
            let isFirst = state.withLock { !$0.hasRead }
            if coordinator.members.count > 1 || isFirst {
                // What was believed before this process began may be a day old, if looks are as rare.
                let news = try await store.observations(since: .now() + .seconds(isFirst ? -86_400 : -120))
                board.merge(news)
                if isFirst { onFirstRead(news) }
                state.withLock { $0.hasRead = true }
            }
            if role.decides {
                // Not before the book is there that they are about.
                guard case .leading = role, state.withLock({ $0.isLoaded && !$0.wasActing }) else { return }
                try await lookForStrangers()
                // They are taken off the list with the record of what came of them.
                for (id, action) in try await store.actions() {
                    let isDone = state.withLock { state in
                        guard state.isLoaded, state.actions.add(id) else { return true }
                        return action.map { state.judgement.act($0, at: .now()) } ?? false
                    }
                    if !isDone {
                        let incident = action.map { "\($0.incident)" } ?? "unreadable"
                        logger.notice("an action came too late", metadata: ["incident": "\(incident)"])
                    }
                }
            } else {
                let incidents = try await store.openIncidents(endedWithin: .seconds(600))
                try await readEvents()
                state.withLock { state in
                    state.others = incidents
                    state.isLoaded = false
                    if !state.wasActing { state.actions.giveUp() }
                }
            }
        } catch {
            logger.debug("the other aggregators' news were not read", metadata: ["error": "\(error)"])
        }
    }

    /// Looks whether the ledger has open incidents of which the book knows nothing; they are read before the next decision.
    private func lookForStrangers() async throws(HealthError) {
        let open = try await store.openIncidentNumbers()
        state.withLock { state in
            state.hasStrangers = open.contains {
                state.judgement.book.incident($0) == nil && state.judgement.unrecorded[$0] == nil
            }
        }
    }

    /// Whether decisions may be made now; loads or merges what was recorded first.
    private func prepare(_ role: Role) async -> Bool {
        let (isLoaded, mustMerge) = state.withLock { ($0.isLoaded, $0.wasActing || ($0.isLoaded && $0.hasStrangers)) }
        switch role {
        case .starting, .following: return false
        case .acting:
            state.withLock { state in
                if !state.isLoaded {
                    state.judgement.take(over: state.others ?? [], told: [:])
                    state.judgement.resume(state.events)
                }
                state.isLoaded = true
                state.wasActing = true
            }
            return true
        case .leading:
            guard !isLoaded || mustMerge else { return true }
            do throws(HealthError) {
                let incidents = try await store.openIncidents(endedWithin: .seconds(86_400))
                let told = try await store.told(of: incidents.map(\.id)).compactMapValues { text in
                    try? JSONDecoder().decode(IncidentNotifications.self, from: Data(text.utf8))
                }
                let events = try await store.events(limit: Self.knownEvents).map(\.event)
                state.withLock { state in
                    if mustMerge {
                        state.judgement.merge(incidents, told: told)
                        state.judgement.learn(events)
                    } else {
                        state.judgement.take(over: incidents, told: told)
                        state.judgement.resume(events)
                        state.actions.giveUp()
                    }
                    state.isLoaded = true
                    state.wasActing = false
                    state.hasStrangers = false
                }
                return true
            } catch {
                logger.debug("the recorded incidents were not read", metadata: ["error": "\(error)"])
                return isLoaded
            }
        }
    }

    /// Judges what has news, and decides when something bad is among it, or a second has passed; false when there was nothing to decide.
    private func decide() -> Bool {
        let now = Timestamp.now()
        let maintenance = calendar.active(at: now)
        let news: [HealthEvent]? = state.withLock { state in
            let isUrgent = judge(&state, now)
            guard isUrgent || ContinuousClock.now >= state.nextDecision else { return nil }
            state.nextDecision = .now + .seconds(1)
            state.judgement.decide(maintenance: maintenance, at: now)
            return state.judgement.takeNews()
        }
        log(news ?? [])
        return news != nil
    }

    /// Judges the checks with news, and now and then all of them, since silence is news too; true when news may open or end an incident.
    @discardableResult
    private func judge(_ state: inout State, _ now: Timestamp) -> Bool {
        var checks = board.takeChanged()
        if ContinuousClock.now >= state.sweep {
            state.sweep = .now + .seconds(5)
            checks = Set(state.judgement.checks.keys)
        }
        var isUrgent = false
        for check in checks {
            let before = state.judgement.verdicts[check]
            guard state.judgement.judge(check, by: board.observations(of: check), at: now) else { continue }
            let after = state.judgement.verdicts[check]
            if before?.state != after?.state || after?.state != .up { isUrgent = true }
            if !Self.looksAlike(before, after) { state.picture.revision += 1 }
        }
        return isUrgent
    }

    /// Whether pages show two verdicts alike: every finding changes when it was made.
    private static func looksAlike(_ left: Verdict?, _ right: Verdict?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.state == right.state && left.since == right.since && left.reason == right.reason
            && left.isFlapping == right.isFlapping && left.advisory == right.advisory
    }

    func show(at now: Timestamp) {
        let maintenance = calendar.active(at: now)
        let decides = coordinator.role.decides
        state.withLock { state in
            if !decides { judge(&state, now) }
            let book = state.judgement.book
            let incidents = decides ? Array(book.open.values) + Array(book.recent.values) : state.others ?? []
            var picture = state.picture
            picture.verdicts = state.judgement.verdicts
            picture.incidents = incidents.sorted { $0.id > $1.id }
            picture.suppressed = decides ? book.suppressed : [:]
            picture.maintenance = maintenance
            picture.at = now
            if picture.incidents != state.picture.incidents || maintenance != state.picture.maintenance {
                picture.revision += 1
            }
            state.picture = picture
        }
    }
}
