// SPDX-License-Identifier: Apache-2.0
// Martlet: asks whoever a subscription was asked for: by a mail with a link, or by a challenge.

internal import FoundationEssentials
internal import Jobs
internal import Platform

/// Runs the jobs of the kind `health.confirm`.
struct ConfirmHandler: JobHandler {
    static let kind = "health.confirm"

    /// What a webhook must say again.
    struct Challenge: Codable, Sendable {
        var challenge: String
    }

    let store: HealthStore
    let resources: ProbeResources
    let places: HostPlaces
    let configuration: @Sendable () -> HealthConfiguration

    var kind: String { Self.kind }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let id = try job.arguments(as: SubscriptionJobs.Confirmation.self).request
        // Confirmed, or too old.
        guard let request = try await store.subscriptionRequest(id) else { return nil }
        switch request.kind {
        case .email: try await mail(request)
        case .webhook:
            try await places.use(SubscriberPost.host(of: request.target), isChallenge: true) {
                try await challenge(request, job)
            }
        }
        return nil
    }

    /// The token exists in the mail alone; the ledger gets its digest before the mail is sent.
    private func mail(_ request: SubscriptionRequest) async throws {
        let configuration = configuration()
        guard let email = configuration.subscriptions.email, let url = configuration.page.url else {
            throw JobFailure("subscriptions by e-mail are not configured")
        }
        let token = SubscriptionToken()
        try await store.add(token, confirming: request)
        let wish = SubscriptionWish(request.kind, request.target, checks: request.checks, groups: request.groups)
        let letter = SubscriptionLetter(from: email.from, title: configuration.page.title, url: url)
        let message = try letter.confirmation(of: request, token, follows: wish.words(by: configuration), at: .now())
        let outcome = await email.client.send(
            message.rendered(),
            envelope: SMTPEnvelope(message),
            timeout: Receiver.timeout
        )
        switch outcome {
        case .delivered: return
        // No such mailbox: there is nothing to wait for.
        case .noRecipient(_, isRetryable: false): try await store.endSubscriptionRequest(request.id)
        case .noRecipient(let reason, isRetryable: true), .retry(let reason), .rejected(let reason):
            throw JobFailure(reason)
        }
    }

    private func challenge(_ request: SubscriptionRequest, _ job: JobContext) async throws {
        guard let settings = configuration().subscriptions.webhooks else {
            throw JobFailure("subscriptions by webhook are not configured")
        }
        let word = SubscriptionToken().text
        let outcome = await SubscriberPost(settings: settings, resources: resources).send(
            "subscription.challenge",
            Challenge(challenge: word),
            id: "subscription-\(request.id)-\(job.attempt)",
            to: request.target,
            secret: request.secret,
            at: .now()
        )
        let trouble: String
        switch outcome {
        case .failure(let failure) where failure.fault == .ours: throw JobFailure(failure.reason)
        case .failure(let failure): trouble = failure.reason
        case .success(let answer) where !(200..<300).contains(answer.status):
            trouble = "the answer was \(answer.status)"
        case .success(let answer) where !Self.repeats(word, answer.body):
            trouble = "the answer does not repeat the challenge"
        case .success: return try await store.confirmWebhook(request.id)
        }
        // What strangers do wrong is no trouble of this installation: the job ends well.
        guard job.attempt >= job.maxAttempts else { throw JobFailure(trouble) }
        try await store.endSubscriptionRequest(request.id)
    }

    /// Whether an answer is the word, or an object with it.
    private static func repeats(_ word: String, _ body: [UInt8]) -> Bool {
        if let object = try? JSONDecoder().decode(Challenge.self, from: Data(body)) { return object.challenge == word }
        let text = String(decoding: body, as: UTF8.self)
        return text.split(whereSeparator: \.isWhitespace).elementsEqual([word[...]])
    }
}
