// SPDX-License-Identifier: Apache-2.0
// Martlet: takes subscriptions, confirms and ends them, and has subscribers told.

public import Jobs
public import Logging
internal import Platform
public import ServiceLifecycle

/// Subscribers from their first request to their end.
///
/// ```swift
/// let desk = SubscriptionDesk(engine: engine, ledger: ledger, resources: resources, logger: logger)
/// let answer = try await desk.ask(SubscriptionWish(.email, "ada@example.org"))
/// ```
public struct SubscriptionDesk: Sendable {
    /// What whoever asks is told, which is the same whether the target is subscribed or not.
    public enum Answer: Sendable, Equatable {
        /// It is being looked at. A webhook's signing key and its token are shown this once; for a mail address there are none.
        case accepted(secret: String?, token: String?)
        /// No room for anybody at the moment.
        case full
    }

    /// The queue of all jobs about subscribers but those of `webhookQueue`.
    public static let queue = SubscriptionJobs.queue
    /// The queue of what webhooks are told.
    public static let webhookQueue = SubscriptionJobs.webhooks

    private let store: HealthStore
    private let jobs: SubscriptionJobs
    private let configuration: @Sendable () -> HealthConfiguration
    /// For the worker of the queue `martlet.health.subscribers`: all but what webhooks are told.
    public let handlers: [any JobHandler]
    /// For the worker of the queue `martlet.health.webhooks`, in which strangers' servers keep nobody waiting but each other.
    public let webhookHandlers: [any JobHandler]
    /// What hands announcements over.
    public let services: [any Service]
    let announcer: Announcer

    /// Serves the subscribers of an aggregator's status page.
    public init(engine: HealthEngine, ledger: Ledger, resources: ProbeResources, logger: Logger) {
        self.init(
            store: engine.store,
            ledger: ledger,
            resources: resources,
            calendar: engine.calendar,
            logger: logger,
            configuration: { engine.configuration },
            isLeading: { engine.judge.isSettled }
        )
    }

    init(
        store: HealthStore,
        ledger: Ledger,
        resources: ProbeResources,
        calendar: MaintenanceCalendar,
        logger: Logger,
        configuration: @escaping @Sendable () -> HealthConfiguration,
        isLeading: @escaping @Sendable () -> Bool
    ) {
        self.store = store
        self.configuration = configuration
        jobs = SubscriptionJobs(ledger: ledger)
        announcer = Announcer(
            store: store,
            jobs: jobs,
            calendar: calendar,
            logger: logger,
            configuration: configuration,
            isLeading: isLeading
        )
        services = [announcer]
        let places = HostPlaces()
        let teller = TellHandler(store: store, resources: resources, places: places, configuration: configuration)
        handlers = [
            ConfirmHandler(store: store, resources: resources, places: places, configuration: configuration),
            FanOutHandler(store: store, jobs: jobs), teller,
        ]
        webhookHandlers = [teller]
    }

    /// Takes a wish, and has its target asked; throws `invalid` with everything that is wrong.
    ///
    /// A target that was asked three times today is not asked again, and whoever wants it does not learn of that.
    ///
    /// - Parameter client: The address that it comes from, of which the network's digest is kept.
    public func ask(_ wish: SubscriptionWish, from client: String? = nil) async throws(HealthError) -> Answer {
        let configuration = configuration()
        let (wish, key) = try wish.checked(by: configuration)
        let settings = configuration.subscriptions
        let network = SubscriptionRequest.network(of: client)
        guard
            try await store.hasRoom(
                subscribers: settings.limit,
                requests: settings.pendingLimit,
                network: network
            )
        else { return .full }
        let token = SubscriptionToken()
        let secret = wish.kind == .webhook ? WebhookKey.makeText() : nil
        if let id = try await store.add(wish, key: key, token: token, secret: secret, network: network) {
            try await jobs.confirm(id)
        }
        return .accepted(secret: secret, token: wish.kind == .webhook ? token.text : nil)
    }

    /// What a mail's token would confirm, in the page's words; nil when it is unknown, used or too old.
    public func asked(_ token: SubscriptionToken) async throws(HealthError) -> String? {
        guard let wish = try await store.wish(of: token) else { return nil }
        return wish.words(by: configuration())
    }

    /// Confirms by a mail's token; false when it is unknown, used or too old.
    public func confirm(_ token: SubscriptionToken) async throws(HealthError) -> Bool {
        try await store.confirm(token)
    }

    /// Ends the subscription of a token; whether there was one is nobody's business.
    public func leave(_ token: SubscriptionToken) async throws(HealthError) {
        try await store.removeSubscriber(token)
    }

    /// Subscribers for operators, newest first; `id` leaves out it and those after it.
    public func subscribers(before id: Int64?, kind: SubscriptionKind?, limit: Int) async throws(HealthError)
        -> [Subscriber]
    {
        try await store.subscribers(before: id, kind: kind, limit: limit)
    }

    /// Removes a subscriber; nil when there is none.
    public func remove(_ id: Int64) async throws(HealthError) -> SubscriptionKind? {
        try await store.removeSubscriber(id)
    }
}
