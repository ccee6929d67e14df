// SPDX-License-Identifier: Apache-2.0
// Martlet: puts the parts of the aggregator together.

internal import FoundationEssentials
public import Jobs
public import Logging
public import Platform
public import ServiceLifecycle
internal import Synchronization

/// The aggregator: probes, judges, keeps history, and tells people.
public final class HealthEngine: Sendable {
    /// Where this process looks from, and how others reach it.
    public struct Place: Sendable {
        /// The location.
        public var location: String
        /// The address for other aggregators.
        public var address: String

        /// Names a place.
        public init(location: String, address: String) {
            self.location = location
            self.address = address
        }
    }

    /// What the ledger keeps.
    public let store: HealthStore
    /// Judges and decides.
    public let judge: Judge
    /// Who is alive and who decides.
    public let coordinator: Coordinator
    /// The windows.
    public let calendar: MaintenanceCalendar
    /// The objectives.
    public let objectives: ObjectiveBook
    /// The last 90 days.
    public let uptimes: UptimeBook
    /// What all locations believe.
    public let board: ObservationBoard
    /// The handler of the notifications' jobs, for a worker.
    public let handler: NotifyHandler
    /// Where this process looks from.
    public let location: String

    let scheduler: ProbeScheduler
    let courier: Courier
    let figures: LedgerFigures
    private let backupWatch: BackupWatch
    private let samples = SampleBuffer()
    private let outbox: Outbox
    private let upkeep: Upkeep
    private let history: HistoryWriter
    private let observations: ObservationWriter
    private let current: Mutex<HealthConfiguration>
    private let refused = Mutex(false)
    private let loads = Atomic<Int>(0)

    /// Puts an aggregator together; ``services`` run it.
    ///
    /// - Parameters:
    ///   - ledger: For the jobs that tell people; over a pool of its own or the store's.
    ///   - resources: For probes and deliveries; its owner shuts it down.
    ///   - boot: Names this aggregator to others; the process's own unless two are to live in one process.
    public init(
        _ configuration: HealthConfiguration,
        place: Place,
        store: HealthStore,
        ledger: Ledger,
        resources: ProbeResources,
        metrics: MetricsRegistry,
        logger: Logger,
        identity boot: BootID = .current
    ) {
        let (board, calendar, uptimes) = (ObservationBoard(), MaintenanceCalendar(), UptimeBook())
        let deliveries = DeliveryMetrics(metrics)
        let courier = Courier(resources: resources, logger: logger, metrics: deliveries)
        let now = Timestamp.now()
        let identity = Aggregator(
            id: boot.rawValue,
            location: place.location,
            address: place.address,
            version: BuildInfo.current.version,
            checks: 0,
            startedAt: now,
            seenAt: now
        )
        let link = EngineLink()
        let coordinator = Coordinator(
            identity: identity,
            store: store,
            logger: logger,
            checks: { link.engine?.scheduler.mine ?? 0 },
            askPeer: { await PeerClient(resources: resources).ask($0, token: $1) },
            onNews: { board.merge($0) },
            onChange: { link.engine?.share(among: $0) }
        )
        let isLeading: @Sendable () -> Bool = { if case .leading = coordinator.role { true } else { false } }
        let objectives = ObjectiveBook(store: store, resources: resources, logger: logger, isLeading: isLeading)
        let judge = Judge(
            board: board,
            store: store,
            coordinator: coordinator,
            calendar: calendar,
            courier: courier,
            policy: configuration.policy,
            logger: logger,
            onFirstRead: { link.engine?.scheduler.resume($0) }
        )
        self.store = store
        self.board = board
        self.calendar = calendar
        self.uptimes = uptimes
        self.courier = courier
        self.coordinator = coordinator
        self.objectives = objectives
        self.judge = judge
        location = place.location
        scheduler = ProbeScheduler(
            location: place.location,
            board: board,
            samples: samples,
            metrics: ProbeMetrics(metrics),
            isInMaintenance: { calendar.active(at: $1).contains($0) },
            onFinding: { objectives.count($1, of: $0) }
        )
        handler = NotifyHandler(store: store, resources: resources, metrics: deliveries) { courier.receiver($0) }
        figures = LedgerFigures(store: store.bulk, logger: logger)
        backupWatch = BackupWatch(ledger: ledger, logger: logger) { link.engine?.revise() }
        outbox = Outbox(store: store, ledger: ledger, wake: judge.recorded, logger: logger) { judge.isSettled }
        upkeep = Upkeep(store: store.bulk, calendar: calendar, uptimes: uptimes, isLeading: isLeading, logger: logger)
        history = HistoryWriter(samples: samples, store: store.bulk, logger: logger)
        observations = ObservationWriter(board: board, store: store, logger: logger) { coordinator.members.count > 1 }
        current = Mutex(configuration)
        link.connect(self)
        load(configuration)
        HealthMetrics.register(self, in: metrics)
    }

    /// What runs it, in the order of their start.
    public var services: [any Service] {
        [
            history, observations, courier, outbox, upkeep, figures, backupWatch, objectives, coordinator, judge,
            scheduler,
        ]
    }

    /// What is configured now.
    public var configuration: HealthConfiguration { current.withLock { $0 } }

    /// How the backups stand that the ledger knows of, that with the newest first; empty where there never was one.
    public func backups(at now: Timestamp) -> [BackupStanding] { backupWatch.standings(configuration.backups, at: now) }

    /// Raised with each configuration, and each change of the windows or the backups made while running.
    public var revision: Int { loads.load(ordering: .relaxed) }

    func revise() { loads.add(1, ordering: .relaxed) }

    /// The receivers' names and kinds.
    public var receivers: [(name: String, kind: String)] { courier.receivers.map { ($0.name, $0.kind) } }

    /// Findings that were lost since there was no room for them, or the ledger refused them.
    var lostFindings: Int { samples.lost }
    /// Minutes of checks that wait for the ledger.
    var waitingMinutes: Int { samples.count }

    /// Takes on a configuration in place of the one before; what is believed goes on where checks keep their identifiers.
    public func load(_ given: HealthConfiguration) {
        var configuration = given
        configuration.checks += given.objectives.map { ObjectiveProbe.check($0, objectives) }
        let loaded = configuration
        current.withLock { $0 = loaded }
        refused.withLock { $0 = false }
        calendar.load(
            configuration.maintenance,
            groups: Dictionary(configuration.checks.map { ($0.id, $0.group) }) { first, _ in first }
        )
        courier.load(configuration.receivers)
        objectives.load(configuration.objectives)
        judge.load(configuration.checks, policy: configuration.policy, pageURL: configuration.page.url)
        scheduler.load(configuration.checks)
        share(among: coordinator.members)
        revise()
    }

    /// Remembers that the newest configuration is wrong and an older one stays in use, until one is taken on.
    public func refuse() { refused.withLock { $0 = true } }

    /// Whether the newest configuration was refused.
    var hasRefused: Bool { refused.withLock { $0 } }

    /// What this aggregator tells another as JSON; what it believes too, if the other one knows the token.
    public func peerStatus(token: String?) -> [UInt8] {
        var status = coordinator.status
        if coordinator.isPeer(token) {
            status.observations = configuration.checks.flatMap { check in
                board.observations(of: check.id).filter { $0.location == location }.map(PeerObservation.init)
            }
        }
        return (try? JSONEncoder().encode(status)).map(Array.init) ?? []
    }

    /// Sends a message to a receiver to try it; false when there is no such receiver.
    public func test(_ receiver: String) async throws(HealthError) -> Bool {
        guard let known = courier.receiver(receiver) else { return false }
        let now = Timestamp.now()
        let id = "test/\(receiver)/\(now.microseconds)"
        let message = NotificationMessage(
            key: "martlet-test",
            id: id,
            event: .test,
            severity: .info,
            state: .up,
            title: "A test from \(configuration.page.title)",
            summary: "If you read this, the receiver \(known.name) works.",
            check: "test",
            startedAt: now,
            at: now,
            url: configuration.page.url
        )
        try await store.record([try OutgoingNotification(message, to: receiver, incident: nil, dueAt: now)])
        judge.recorded.signal()
        return true
    }

    private func share(among members: [Aggregator]) {
        let here = members.filter { $0.location == location }.map(\.id)
        let checks = configuration.checks.map(\.id)
        scheduler.assign(
            Assignment.share(
                of: coordinator.identity.id,
                among: here.isEmpty ? [coordinator.identity.id] : here,
                of: checks
            )
        )
    }
}

/// Ties the knot between the engine and the parts that ask it.
private final class EngineLink: Sendable {
    private struct Weak: Sendable { weak var engine: HealthEngine? }

    private let link = Mutex(Weak())

    var engine: HealthEngine? { link.withLock { $0.engine } }

    func connect(_ engine: HealthEngine) { link.withLock { $0.engine = engine } }
}
