// SPDX-License-Identifier: Apache-2.0
// Martlet: tells people without the ledger.

internal import FoundationEssentials
internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Delivers directly while nobody reaches the ledger: an outage of the database is told when it happens, and not when it is over.
///
/// What it could not deliver by the time the ledger is back becomes a job like any other.
final class Courier: Service {
    /// Notifications that wait at most; those that come when there is no room are dropped and counted.
    static let limit = 1_000
    static let longestPause: Duration = .seconds(30)

    private struct Parcel {
        var notification: OutgoingNotification
        var next = ContinuousClock.now
        var tries = 0
        var isOut = false
        var isRefused = false
    }

    private struct State {
        var receivers: [String: Receiver] = [:]
        var parcels: [String: Parcel] = [:]
        var dropped = 0
    }

    private let state = Mutex(State())
    private let wake = Signal()
    private let resources: ProbeResources
    private let logger: Logger
    private let metrics: DeliveryMetrics

    init(
        resources: ProbeResources,
        logger: Logger,
        metrics: DeliveryMetrics = DeliveryMetrics(MetricsRegistry())
    ) {
        self.resources = resources
        self.logger = logger
        self.metrics = metrics
    }

    /// Takes on receivers.
    func load(_ list: [Receiver]) {
        state.withLock { $0.receivers = Dictionary(list.map { ($0.name, $0) }) { first, _ in first } }
    }

    /// A receiver.
    func receiver(_ name: String) -> Receiver? { state.withLock { $0.receivers[name] } }

    /// All receivers, by name.
    var receivers: [Receiver] { state.withLock { $0.receivers.values.sorted { $0.name < $1.name } } }

    /// Notifications that are due and not told, as far as telling them has any hope.
    var waiting: Int {
        let now = Timestamp.now()
        return state.withLock { state in
            state.parcels.values.count { parcel in
                !parcel.isRefused && parcel.notification.deliveredAt == nil && parcel.notification.dueAt <= now
            }
        }
    }

    /// Tells as soon as possible.
    func send(_ notifications: [OutgoingNotification]) {
        let dropped = state.withLock { state in
            var dropped: [OutgoingNotification] = []
            for notification in notifications where state.parcels[notification.id] == nil {
                guard state.parcels.count < Self.limit else {
                    dropped.append(notification)
                    continue
                }
                state.parcels[notification.id] = Parcel(notification: notification)
            }
            state.dropped += dropped.count
            return dropped
        }
        if let first = dropped.first {
            logger.error(
                "notifications were dropped: too many wait for the ledger",
                metadata: ["count": "\(dropped.count)", "first": "\(first.id)", "limit": "\(Self.limit)"]
            )
        }
        wake.signal()
    }

    /// Notifications for which there was no room.
    var dropped: Int { state.withLock { $0.dropped } }

    /// Takes back everything that is not on its way this moment, delivered or not.
    func takeBack() -> [OutgoingNotification] {
        state.withLock { state in
            let settled = state.parcels.values.filter { !$0.isOut }.map(\.notification)
            for notification in settled { state.parcels[notification.id] = nil }
            return settled.sorted { $0.id < $1.id }
        }
    }

    /// Whether it has nothing, delivered or not.
    var isEmpty: Bool { state.withLock { $0.parcels.isEmpty } }

    /// Delivers until graceful shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    for notification in self.takeDue() { group.addTask { await self.deliver(notification) } }
                    await self.wake.wait(timeout: .milliseconds(500))
                }
                group.cancelAll()
            }
        }
    }

    private func takeDue() -> [OutgoingNotification] {
        let (now, time) = (ContinuousClock.now, Timestamp.now())
        return state.withLock { state in
            let due = state.parcels.values.filter { parcel in
                !parcel.isOut && !parcel.isRefused && parcel.next <= now && parcel.notification.deliveredAt == nil
                    && parcel.notification.dueAt <= time
            }
            for parcel in due { state.parcels[parcel.notification.id]?.isOut = true }
            return due.map(\.notification)
        }
    }

    private func deliver(_ notification: OutgoingNotification) async {
        let message = try? JSONDecoder().decode(NotificationMessage.self, from: Data(notification.message.utf8))
        let verdict: DeliveryVerdict
        let receiver = receiver(notification.receiver)
        if let receiver, let message {
            verdict = await receiver.deliver(message, over: resources)
        } else {
            verdict = .rejected(reason: "the receiver is not configured")
        }
        metrics.count(verdict, by: receiver?.kind)
        if case .retry(_, let reason) = verdict {
            logger.warning("telling failed", metadata: ["receiver": "\(notification.receiver)", "error": "\(reason)"])
        }
        state.withLock { state in
            guard var parcel = state.parcels[notification.id] else { return }
            parcel.isOut = false
            parcel.tries += 1
            switch verdict {
            case .delivered: parcel.notification.deliveredAt = .now()
            case .retry(let pause, _):
                let backoff = min(.milliseconds(500) * (1 << min(parcel.tries, 10)), Self.longestPause)
                parcel.next = .now + max(pause ?? .zero, backoff)
            case .rejected: parcel.isRefused = true
            }
            state.parcels[notification.id] = parcel
        }
    }
}
