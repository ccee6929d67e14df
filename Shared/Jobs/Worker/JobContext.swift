// SPDX-License-Identifier: Apache-2.0
// What a handler gets to know of its job.

internal import FoundationEssentials
public import Logging
public import Platform

/// A job as its handler sees it.
public struct JobContext: Sendable {
    /// The identifier.
    public let id: JobID
    /// The fence: pass it on to systems that can refuse a lower one.
    public let epoch: Int32
    /// The number of this attempt, from 1.
    public let attempt: Int
    /// The last attempt's number.
    public let maxAttempts: Int
    /// The kind.
    public let kind: String
    /// The queue's name.
    public let queue: String
    /// The arguments: one JSON value.
    public let args: [UInt8]
    /// When the attempt will be cancelled, if it has a timeout.
    public let deadline: ContinuousClock.Instant?
    /// This attempt's place in the trace in which the job was handed over; nil where there was none.
    public let trace: TraceContext?
    /// The span of this attempt, for children of it; nil where traces are not recorded.
    public let span: TraceSpan?
    private let baseLogger: Logger

    /// Creates a context, for handlers' tests.
    public init(
        id: JobID,
        epoch: Int32 = 1,
        attempt: Int = 1,
        maxAttempts: Int = JobLimits.defaultAttempts,
        kind: String,
        queue: String = "default",
        args: [UInt8],
        deadline: ContinuousClock.Instant? = nil,
        trace: TraceContext? = nil,
        span: TraceSpan? = nil,
        logger: Logger
    ) {
        self.id = id
        self.epoch = epoch
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.kind = kind
        self.queue = queue
        self.args = args
        self.deadline = deadline
        self.trace = trace
        self.span = span
        baseLogger = logger
    }

    /// A logger whose lines bear the job's id, kind and attempt.
    public var logger: Logger {
        var logger = baseLogger
        logger[metadataKey: "job_id"] = "\(id)"
        logger[metadataKey: "job_kind"] = "\(kind)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        return logger
    }

    /// Decodes the arguments.
    ///
    /// - Throws: A permanent `JobFailure`, since the same arguments will not decode next time either.
    public func arguments<Arguments: Decodable>(as type: Arguments.Type = Arguments.self) throws(JobFailure)
        -> Arguments
    {
        do {
            return try JSONDecoder().decode(type, from: Data(args))
        } catch {
            throw JobFailure("the arguments do not fit: \(JobFailure.explain(error))", isRetryable: false)
        }
    }
}
