// SPDX-License-Identifier: Apache-2.0
// What runs a job of one kind.

/// Runs the jobs of one kind.
///
/// A handler may run a job more than once (at-least-once); cancellation and timeouts arrive as cancellation of its task, and it should then return promptly.
/// Any error is a failure that is tried again, unless it is a `JobFailure` that says otherwise or a `JobSnooze`.
public protocol JobHandler: Sendable {
    /// The kind of job.
    var kind: String { get }
    /// How many of this kind one worker runs at once; nil means no limit of its own.
    var concurrency: Int? { get }
    /// Runs one job and returns its result, one JSON value of at most 64 KiB, or nil.
    func run(_ job: JobContext) async throws -> [UInt8]?
}

extension JobHandler {
    /// No limit of its own.
    public var concurrency: Int? { nil }
}
