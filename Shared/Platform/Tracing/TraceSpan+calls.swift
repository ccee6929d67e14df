// SPDX-License-Identifier: Apache-2.0
// Martlet: calls to servers as spans below the work that made them.
internal import Tracing

extension TraceSpan {
    /// The span that the current task works for, if its trace is sampled and it has not ended; else nil, without allocating.
    static var sampled: TraceSpan? {
        guard let span = ServiceContext.current?.tracePlace?.span, span.traceContext.isSampled, span.isRecording else {
            return nil
        }
        return span
    }

    /// Starts the span of a call to a server, such as `postgresql`, below the work of the current task; nil, without allocating, where that is in no
    /// sampled trace.
    public static func startCall(_ operation: String, to system: String) -> TraceSpan? {
        guard let call = sampled?.startChild(operation, kind: .client) else { return nil }
        call.set("db.system.name", .string(system))
        return call
    }

    /// Notes a call to a server that ended this moment as a span of its own below this one.
    ///
    /// - Parameters:
    ///   - operation: The statement's or command's name; never with values.
    ///   - system: The server's kind, as OpenTelemetry's conventions name it.
    ///   - elapsed: How long it took.
    ///   - error: The code of its failure, if it failed.
    ///   - labels: More attributes, under `martlet.`
    func noteCall(
        _ operation: String,
        to system: String,
        took elapsed: Duration,
        error: String?,
        labels: [(String, String)] = []
    ) {
        let end = recorder.now()
        let length = UInt64(max(0, elapsed / .nanoseconds(1)))
        let call = recorder.startChild(operation, .client, of: self, base: nil, at: end - min(length, end))
        call.set("db.system.name", .string(system))
        call.set("db.operation.name", .string(operation))
        for (name, value) in labels { call.set("martlet.\(name)", .string(value)) }
        if let error {
            call.set("error.type", .string(error))
            call.fail(error)
        }
        call.finish(end)
    }
}
