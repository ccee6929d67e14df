// SPDX-License-Identifier: Apache-2.0
// Martlet: the ids that every log line inside a request or a job bears, carried by a task local.
public import Logging

/// The ids of the work that the current task does.
///
/// ```swift
/// try await LogContext.with({ $0.requestID = id }) { try await handle(request) }
/// ```
public struct LogContext: Sendable, Hashable {
    /// The id of the HTTP request; `request_id`.
    public var requestID: String?
    /// The id of the job; `job_id`.
    public var jobID: String?
    /// The name of the queue; `queue`.
    public var queue: String?
    /// W3C trace id, 32 hexadecimal digits; `trace_id`.
    public var traceID: String?
    /// W3C span id, 16 hexadecimal digits; `span_id`.
    public var spanID: String?

    /// The context of the current task; empty outside ``with(_:operation:)``.
    @TaskLocal public static var current = LogContext()

    /// Takes the ids of a trace.
    public mutating func set(_ trace: TraceContext?) {
        traceID = trace?.traceID
        spanID = trace?.spanID
    }

    /// A context without ids.
    public init() {}

    /// Runs an operation, and all its child tasks, with some ids changed.
    public static func with<Value, Failure: Error>(
        _ change: (inout LogContext) -> Void,
        isolation: isolated (any Actor)? = #isolation,
        operation: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        var context = current
        change(&context)
        let result: Result<Value, Failure> = await $current.withValue(
            context,
            operation: {
                do throws(Failure) { return .success(try await operation()) } catch { return .failure(error) }
            },
            isolation: isolation
        )
        return try result.get()
    }

    /// Runs a synchronous operation with some ids changed.
    public static func with<Value>(_ change: (inout LogContext) -> Void, operation: () throws -> Value) rethrows
        -> Value
    {
        var context = current
        change(&context)
        return try $current.withValue(context, operation: operation)
    }

    /// The ids that are set, in the order in which lines show them.
    var pairs: [(name: StaticString, value: String)] {
        var pairs: [(StaticString, String)] = []
        if let requestID { pairs.append(("request_id", requestID)) }
        if let jobID { pairs.append(("job_id", jobID)) }
        if let queue { pairs.append(("queue", queue)) }
        if let traceID { pairs.append(("trace_id", traceID)) }
        if let spanID { pairs.append(("span_id", spanID)) }
        return pairs
    }

    /// For log handlers other than this module's, which read the context themselves.
    public static let metadataProvider = Logger.MetadataProvider {
        var metadata: Logger.Metadata = [:]
        for (name, value) in LogContext.current.pairs { metadata["\(name)"] = .string(value) }
        return metadata
    }
}
