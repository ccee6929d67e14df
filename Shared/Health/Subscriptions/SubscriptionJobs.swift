// SPDX-License-Identifier: Apache-2.0
// Martlet: the jobs by which subscribers are asked and told; their arguments are numbers alone.

internal import FoundationEssentials
internal import Jobs
internal import Platform

/// Hands the jobs over; each has a unique key, so that any number of copies does no harm.
struct SubscriptionJobs: Sendable {
    /// The queue of all jobs about subscribers but those of `webhooks`: operators' notifications are in another one, with a worker of its own.
    static let queue = "martlet.health.subscribers"
    /// The queue of what webhooks are told.
    static let webhooks = "martlet.health.webhooks"
    /// Subscribers to one page.
    static let page = 500

    /// The request to confirm.
    struct Confirmation: Codable {
        var request: Int64
    }

    /// A page of subscribers: those behind a number.
    struct Page: Codable {
        var announcement: Int64
        var after: Int64
    }

    /// One subscriber.
    struct Telling: Codable {
        var announcement: Int64
        var subscriber: Int64
    }

    let ledger: Ledger

    /// Has a request confirmed.
    func confirm(_ request: Int64) async throws(HealthError) {
        try await hand([
            try row(
                ConfirmHandler.kind,
                Confirmation(request: request),
                priority: 2,
                attempts: 8,
                key: "\(ConfirmHandler.kind)/\(request)"
            )
        ])
    }

    /// Has an announcement told, from the first page on.
    func announce(_ announcement: Int64) async throws(HealthError) {
        try await hand([try row(Page(announcement: announcement, after: 0))])
    }

    /// Has a page told, and the next one if there may be one: all in one transaction.
    func tell(_ announcement: Int64, _ subscribers: [Follower]) async throws(HealthError) {
        var rows: [NewJob] = []
        for subscriber in subscribers {
            rows.append(
                try row(
                    TellHandler.kind,
                    Telling(announcement: announcement, subscriber: subscriber.id),
                    queue: subscriber.kind == .webhook ? Self.webhooks : Self.queue,
                    priority: 6,
                    attempts: 20,
                    key: "\(TellHandler.kind)/\(announcement)/\(subscriber.id)"
                )
            )
        }
        if subscribers.count == Self.page, let last = subscribers.last {
            rows.append(try row(Page(announcement: announcement, after: last.id)))
        }
        try await hand(rows)
    }

    private func row(_ page: Page) throws(HealthError) -> NewJob {
        try row(
            FanOutHandler.kind,
            page,
            priority: 4,
            attempts: 30,
            key: "\(FanOutHandler.kind)/\(page.announcement)/\(page.after)"
        )
    }

    private func row(
        _ kind: String,
        _ arguments: some Encodable,
        queue: String = Self.queue,
        priority: Int,
        attempts: Int,
        key: String
    ) throws(HealthError) -> NewJob {
        guard let args = try? JSONEncoder().encode(arguments) else {
            throw HealthError(.internal, "a job's arguments can't be written")
        }
        var options = JobOptions(maxAttempts: attempts)
        options.timeout = .seconds(60)
        return NewJob(
            kind: kind,
            args: Array(args),
            queue: queue,
            priority: priority,
            options: options,
            uniqueKey: .init(key: key, duration: .seconds(7 * 86_400))
        )
    }

    private func hand(_ jobs: [NewJob]) async throws(HealthError) {
        do throws(JobsError) {
            var rows: [LedgerRow] = []
            for job in jobs {
                rows.append(
                    LedgerRow(job: job, queue: try await ledger.queueNumber(job.queue), isDispatched: false)
                )
            }
            _ = try await ledger.enqueue(rows, generation: 0)
        } catch {
            throw HealthError(error)
        }
    }
}
