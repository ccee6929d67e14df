// SPDX-License-Identifier: Apache-2.0
// Martlet: turns one announcement into jobs for all who follow it, a page at a time.

internal import Jobs

/// Runs the jobs of the kind `health.fanout`: each makes a page of jobs and the job for the next page in one transaction.
struct FanOutHandler: JobHandler {
    static let kind = "health.fanout"

    let store: HealthStore
    let jobs: SubscriptionJobs

    var kind: String { Self.kind }
    var concurrency: Int? { 2 }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let page = try job.arguments(as: SubscriptionJobs.Page.self)
        let followers = try await store.followers(
            of: page.announcement,
            after: page.after,
            limit: SubscriptionJobs.page
        )
        if !followers.isEmpty { try await jobs.tell(page.announcement, followers) }
        return nil
    }
}
