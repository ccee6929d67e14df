// SPDX-License-Identifier: Apache-2.0
// How a job is to be tried.

public import Platform

/// How often, how long and with what pauses a job is tried.
public struct JobOptions: Hashable, Sendable {
    /// Attempts before the job is discarded; 1...1,000, 20 by default.
    public var maxAttempts: Int
    /// Longest time for one attempt; nil means the worker's default.
    public var timeout: Duration?
    /// The pause before the next attempt.
    public var retry: RetryPolicy
    /// The trace in which the job was handed over; its attempts and what they call go on in it.
    public var trace: TraceContext?
    /// Whether a unique key must be given free when the job ends.
    var releasesKey = false

    /// What a job has that asks for nothing.
    public static let standard = JobOptions()

    /// Creates options; every value has a default.
    public init(
        maxAttempts: Int = JobLimits.defaultAttempts,
        timeout: Duration? = nil,
        retry: RetryPolicy = .standard
    ) {
        self.maxAttempts = maxAttempts
        self.timeout = timeout
        self.retry = retry
    }
}
