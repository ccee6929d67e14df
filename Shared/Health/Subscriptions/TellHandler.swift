// SPDX-License-Identifier: Apache-2.0
// Martlet: tells one subscriber one thing.

internal import FoundationEssentials
internal import Jobs
internal import Logging
internal import Platform

/// Runs the jobs of the kind `health.tell`; whoever left meanwhile is told nothing.
struct TellHandler: JobHandler {
    static let kind = "health.tell"

    private enum Outcome {
        case told
        /// Trouble that may pass.
        case retry(after: Duration?, String, SubscriberPost.Trouble.Fault)
        /// The subscriber's trouble, which will not pass.
        case refused(String)
        /// The subscriber wants no more.
        case gone
    }

    let store: HealthStore
    let resources: ProbeResources
    let places: HostPlaces
    let configuration: @Sendable () -> HealthConfiguration

    var kind: String { Self.kind }
    /// Half of what either worker runs at once; in the queue of mails the other half confirms.
    var concurrency: Int? { 8 }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let telling = try job.arguments(as: SubscriptionJobs.Telling.self)
        guard let (document, subscriber) = try await store.telling(telling.announcement, telling.subscriber) else {
            return nil
        }
        guard let announcement = try? JSONDecoder().decode(Announcement.self, from: Data(document.utf8)) else {
            throw JobFailure("the announcement can't be read", isRetryable: false)
        }
        switch try await tell(announcement, subscriber) {
        case .told:
            if subscriber.failures > 0 { try await store.forgiveSubscriber(subscriber.id) }
            return nil
        case .gone:
            _ = try await store.removeSubscriber(subscriber.id)
            job.logger.notice(
                "a subscriber wants no more",
                metadata: ["subscriber": "\(subscriber.id)", "kind": "\(subscriber.kind.rawValue)"]
            )
            return nil
        case .refused(let reason):
            try await blame(subscriber, reason, job)
            return nil
        case .retry(_, let reason, .theirs) where job.attempt >= job.maxAttempts:
            try await blame(subscriber, reason, job)
            return nil
        case .retry(_, let reason, .nobodys) where job.attempt >= job.maxAttempts:
            job.logger.notice(
                "a subscriber was not told",
                metadata: ["subscriber": "\(subscriber.id)", "reason": "\(reason.singleLine(bytes: 200))"]
            )
            return nil
        case .retry(let pause, let reason, _): throw JobFailure(reason, retryAfter: pause)
        }
    }

    private func tell(_ announcement: Announcement, _ subscriber: Subscriber) async throws -> Outcome {
        let configuration = configuration()
        switch subscriber.kind {
        case .email:
            guard let email = configuration.subscriptions.email, let url = configuration.page.url else {
                throw JobFailure("subscriptions by e-mail are not configured")
            }
            let letter = SubscriptionLetter(from: email.from, title: configuration.page.title, url: url)
            let message = try letter.announcement(announcement, to: subscriber, at: .now())
            let outcome = await email.client.send(
                message.rendered(),
                envelope: SMTPEnvelope(message),
                timeout: Receiver.timeout
            )
            switch outcome {
            case .delivered: return .told
            // Only what the server says of the mailbox is the subscriber's fault.
            case .noRecipient(let reason, isRetryable: true): return .retry(after: nil, reason, .theirs)
            case .noRecipient(let reason, isRetryable: false): return .refused(reason)
            case .retry(let reason), .rejected(let reason): return .retry(after: nil, reason, .ours)
            }
        case .webhook:
            guard let settings = configuration.subscriptions.webhooks else {
                throw JobFailure("subscriptions by webhook are not configured")
            }
            let outcome = try await places.use(SubscriberPost.host(of: subscriber.target)) {
                await SubscriberPost(settings: settings, resources: resources).send(
                    announcement.type,
                    announcement,
                    id: "\(announcement.id)-\(subscriber.id)",
                    to: subscriber.target,
                    secret: subscriber.secret,
                    at: .now()
                )
            }
            return Self.judge(outcome)
        }
    }

    private static func judge(_ outcome: Result<HTTPFetch.Answer, SubscriberPost.Trouble>) -> Outcome {
        switch outcome {
        case .failure(let failure): return .retry(after: nil, failure.reason, failure.fault)
        case .success(let answer):
            if answer.status == 410 { return .gone }
            let pause = answer.headers.first { $0.name == "retry-after" }?.value
            let seen = ChannelAnswer(status: answer.status, retryAfter: pause)
            switch DeliveryVerdict(seen, service: "the webhook", now: .now()) {
            case .delivered: return .told
            case .retry(let pause, let reason): return .retry(after: pause, reason, .theirs)
            case .rejected(let reason): return .refused(reason)
            }
        }
    }

    /// The job ends well: what strangers do wrong is no trouble of this installation, and raises no alert.
    private func blame(_ subscriber: Subscriber, _ reason: String, _ job: JobContext) async throws {
        guard try await store.blameSubscriber(subscriber.id, reason) else { return }
        job.logger.notice(
            "a subscriber is suspended",
            metadata: ["subscriber": "\(subscriber.id)", "kind": "\(subscriber.kind.rawValue)"]
        )
    }
}
