// SPDX-License-Identifier: Apache-2.0
// Martlet: tells people as a Martlet job: tried again until it is heard, and never lost.

internal import FoundationEssentials
public import Jobs
internal import Platform

/// Runs the jobs of the kind `health.notify`: looks the notification up in the ledger and tells its receiver.
///
/// The job bears the notification's identifier alone: addresses and keys stay in the aggregators' configuration.
public struct NotifyHandler: JobHandler {
    /// The kind of its jobs.
    public static let kind = "health.notify"
    /// The queue of its jobs.
    public static let queue = "martlet.health"

    struct Arguments: Codable {
        var notification: String
    }

    private let store: HealthStore
    private let receivers: @Sendable (String) -> Receiver?
    private let resources: ProbeResources
    private let metrics: DeliveryMetrics

    /// Takes the ledger, and who finds a receiver by its name.
    init(
        store: HealthStore,
        resources: ProbeResources,
        metrics: DeliveryMetrics = DeliveryMetrics(MetricsRegistry()),
        receivers: @escaping @Sendable (String) -> Receiver?
    ) {
        self.store = store
        self.resources = resources
        self.metrics = metrics
        self.receivers = receivers
    }

    /// `health.notify`.
    public var kind: String { Self.kind }

    /// Tells once; what may pass is tried again by Martlet's own rules.
    public func run(_ job: JobContext) async throws -> [UInt8]? {
        let id = try job.arguments(as: Arguments.self).notification
        guard let stored = try await store.notification(id) else {
            throw JobFailure("the notification is not in the ledger", isRetryable: false)
        }
        guard stored.deliveredAt == nil else { return nil }
        guard let receiver = receivers(stored.receiver) else {
            metrics.count(.retry(after: nil, reason: ""), by: nil)
            throw JobFailure("the receiver \(stored.receiver) is not configured", isRetryable: true)
        }
        guard let message = try? JSONDecoder().decode(NotificationMessage.self, from: Data(stored.message.utf8)) else {
            throw JobFailure("the notification can't be read", isRetryable: false)
        }
        let verdict = await receiver.deliver(message, over: resources)
        metrics.count(verdict, by: receiver.kind)
        try await store.note(verdict, of: id)
        switch verdict {
        case .delivered: return nil
        case .retry(let pause, let reason):
            if let pause { throw JobSnooze(delay: pause) }
            throw JobFailure(reason)
        case .rejected(let reason): throw JobFailure(reason, isRetryable: false)
        }
    }
}
