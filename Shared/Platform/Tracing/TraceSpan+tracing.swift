// SPDX-License-Identifier: Apache-2.0
// Martlet: spans as swift-distributed-tracing wants them.
public import Tracing

extension TraceSpan: Tracing.Span {
    /// The context that children start from; made when it is asked for.
    public var context: ServiceContext {
        var context = base ?? .topLevel
        context.tracePlace = TracePlace(context: traceContext, span: self)
        return context
    }

    /// The name; cut at 256 bytes, empty for spans that aren't recorded.
    public var operationName: String {
        get { record.name }
        set { change { $0.name = SpanAttributeList.cut(newValue, TraceLimits.nameLength) } }
    }

    /// All attributes; ``set(_:_:)`` is cheaper.
    public var attributes: SpanAttributes {
        get { record.attributes.dictionary }
        set { change { $0.attributes.replace(with: newValue) } }
    }

    /// Says how it went; an error keeps the trace. An `ok` stays, as OpenTelemetry has it.
    public func setStatus(_ status: SpanStatus) {
        var isError = false
        change { record in
            guard record.status?.code != .ok else { return }
            isError = status.code == .error
            // The protocol allows a message for errors only.
            let message = isError ? status.message.map { SpanAttributeList.cut($0, TraceLimits.valueLength) } : nil
            record.status = SpanStatus(code: status.code, message: message)
        }
        if isError { noteError() }
    }

    /// Notes something that happened at one instant.
    public func addEvent(_ event: SpanEvent) {
        change { record in
            record.add(
                SpanRecord.Event(
                    name: SpanAttributeList.cut(event.name, TraceLimits.nameLength),
                    time: event.nanosecondsSinceEpoch,
                    attributes: SpanAttributeList(event.attributes, limit: TraceLimits.attributes / 4)
                )
            )
        }
    }

    /// Notes an error as an event `exception` with its type and description; the trace is then kept.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error,
        attributes: SpanAttributes,
        at instant: @autoclosure () -> Instant
    ) {
        guard isRecording else { return }
        var list = SpanAttributeList()
        list.set("exception.type", .string("\(type(of: error))"))
        list.set("exception.message", .string("\(error)"))
        attributes.forEach { list.set($0, $1, limit: TraceLimits.attributes / 4) }
        let event = SpanRecord.Event(name: "exception", time: instant().nanosecondsSinceEpoch, attributes: list)
        change { $0.add(event) }
        noteError()
    }

    /// Points to work that this one has to do with; ignored when the link's context bears no trace.
    public func addLink(_ link: SpanLink) {
        guard let context = link.context.traceContext else { return }
        let attributes = SpanAttributeList(link.attributes, limit: TraceLimits.attributes / 4)
        change { $0.add(SpanRecord.Link(context: context, attributes: attributes)) }
    }

    /// Points to work that this one has to do with.
    public func addLink(_ context: TraceContext) {
        change { $0.add(SpanRecord.Link(context: context, attributes: SpanAttributeList())) }
    }

    /// Ends the span at a time.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        finish(instant().nanosecondsSinceEpoch)
    }
}

extension TraceSpan {
    /// Runs work whose spans are children of this one.
    public func asCurrent<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        try await ServiceContext.withValue(context) { try await body() }
    }
}
