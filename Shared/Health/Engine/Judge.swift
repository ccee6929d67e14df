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

    private struct State {
        var judgement: Judgement
        var picture = Picture()
        /// Whether the book is the recorded one: after taking the lead it is read before anything is decided.
        var isLoaded = false
        /// Whether what was believed before this process was read.
        var hasRead = false
        /// Whether what was decided without the ledger waits to be recorded.
        var wasActing = false
        var sweep = ContinuousClock.now
        /// When all is decided anew although nothing bad was found: holds end, and people are reminded.
        var nextDecision = ContinuousClock.now
        /// How much of each incident's timeline was logged.
        var logged: [Int64: Int] = [:]
        /// What others recorded, while somebody else decides.
        var others: [Incident] = []
    }

    private let board: ObservationBoard
    private let store: HealthStore
    private let coordinator: Coordinator
    private let calendar: MaintenanceCalendar
    private let courier: Courier
    private let onFirstRead: @Sendable ([Observation]) -> Void
    private let logger: Logger
    private let state: Mutex<State>
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

    /// Does what an operator asks for, here if this aggregator decides, else by the one that does; false when there is no such incident.
    public func act(_ action: IncidentAction) async throws(HealthError) -> Bool {
        guard coordinator.role.decides else {
            try await store.add(action)
            return true
        }
        guard state.withLock({ $0.isLoaded ? $0.judgement.act(action, at: .now()) : false }) else { return false }
        await record()
        show(at: .now())
        return true
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
                for action in try await store.takeActions() {
                    if !state.withLock({ $0.judgement.act(action, at: .now()) }) {
                        logger.notice("an action came too late", metadata: ["incident": "\(action.incident)"])
                    }
                }
            } else {
                let incidents = try await store.openIncidents(endedWithin: .seconds(600))
                state.withLock { state in
                    state.others = incidents
                    state.isLoaded = false
                }
            }
        } catch {
            logger.debug("the other aggregators' news were not read", metadata: ["error": "\(error)"])
        }
    }

    /// Whether decisions may be made now; loads or merges what was recorded first.
    private func prepare(_ role: Role) async -> Bool {
        let (isLoaded, wasActing) = state.withLock { ($0.isLoaded, $0.wasActing) }
        switch role {
        case .starting, .following: return false
        case .acting:
            state.withLock { state in
                if !state.isLoaded { state.judgement.take(over: state.others, told: [:]) }
                state.isLoaded = true
                state.wasActing = true
            }
            return true
        case .leading:
            guard !isLoaded || wasActing else { return true }
            do throws(HealthError) {
                let incidents = try await store.openIncidents(endedWithin: .seconds(86_400))
                let told = try await store.told(of: incidents.map(\.id)).compactMapValues { text in
                    try? JSONDecoder().decode(IncidentNotifications.self, from: Data(text.utf8))
                }
                state.withLock { state in
                    if state.wasActing {
                        state.judgement.merge(incidents, told: told)
                    } else {
                        state.judgement.take(over: incidents, told: told)
                    }
                    state.isLoaded = true
                    state.wasActing = false
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
        return state.withLock { state in
            let isUrgent = judge(&state, now)
            guard isUrgent || ContinuousClock.now >= state.nextDecision else { return false }
            state.nextDecision = .now + .seconds(1)
            state.judgement.decide(maintenance: maintenance, at: now)
            return true
        }
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

    /// Records what was decided without the ledger, now that somebody else decides with it: what they have goes before.
    private func handOver() async {
        guard state.withLock({ $0.wasActing }) else { return }
        let (incidents, _, fresh) = state.withLock { $0.judgement.takeUnrecorded() }
        let notifications = courier.takeBack() + fresh
        do throws(HealthError) {
            for incident in incidents {
                do throws(HealthError) { try await store.recordLate(incident) } catch {
                    guard error.code == .invalid else { throw error }
                    logger.notice(
                        "somebody else has an incident of this check",
                        metadata: ["check": "\(incident.check)"]
                    )
                }
            }
            try await store.record(notifications)
            state.withLock { $0.wasActing = false }
        } catch {
            logger.debug("what was decided without the ledger waits for it", metadata: ["error": "\(error)"])
            courier.send(notifications)
            state.withLock { $0.judgement.putBack(incidents) }
        }
    }

    /// Records what was decided; without the ledger people are told directly, and it is recorded later.
    private func record() async {
        guard case .leading(let lead) = coordinator.role else {
            log(state.withLock { $0.judgement.unrecorded })
            courier.send(state.withLock { $0.judgement.takeUntold() })
            return
        }
        let (incidents, told, fresh) = state.withLock { $0.judgement.takeUnrecorded() }
        let notifications = courier.takeBack() + fresh
        guard !incidents.isEmpty || !notifications.isEmpty else { return }
        log(Dictionary(uniqueKeysWithValues: incidents.map { ($0.id, $0) }))
        do throws(HealthError) {
            let texts = told.compactMapValues { memory in
                (try? JSONEncoder().encode(memory)).map { String(decoding: $0, as: UTF8.self) }
            }
            try await store.record(incidents, told: texts, notifications, as: lead)
            if !notifications.isEmpty { recorded.signal() }
        } catch {
            logger.warning("an incident was not recorded", metadata: ["error": "\(error)"])
            switch error.code {
            case .fenced, .invalid:
                // Somebody else decides, or has an open incident of the same check: theirs counts.
                coordinator.stepDown()
                state.withLock { $0.isLoaded = false }
            default:
                courier.send(notifications)
                state.withLock { state in
                    state.judgement.putBack(incidents)
                    state.wasActing = true
                }
            }
        }
    }

    private func log(_ incidents: [Int64: Incident]) {
        let news = state.withLock { state in
            let news = incidents.values.filter { $0.timeline.count > state.logged[$0.id] ?? 0 }
            for incident in news { state.logged[incident.id] = incident.timeline.count }
            // The oldest are forgotten; numbers rise with time.
            if state.logged.count > 2_000 {
                let oldest = state.logged.keys.sorted().prefix(1_000)
                for id in oldest { state.logged[id] = nil }
            }
            return news
        }
        for incident in news.sorted(by: { $0.id < $1.id }) {
            logger.notice(
                "incident",
                metadata: [
                    "incident": "\(incident.id)", "check": "\(incident.check)", "status": "\(incident.status.rawValue)",
                    "step": "\(incident.timeline.last?.kind.rawValue ?? "")",
                    "text": "\(incident.timeline.last?.text ?? incident.title)",
                ]
            )
        }
    }

    private func show(at now: Timestamp) {
        let maintenance = calendar.active(at: now)
        let decides = coordinator.role.decides
        state.withLock { state in
            if !decides { judge(&state, now) }
            let book = state.judgement.book
            let incidents = decides ? Array(book.open.values) + Array(book.recent.values) : state.others
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
