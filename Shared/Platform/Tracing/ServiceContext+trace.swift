// SPDX-License-Identifier: Apache-2.0
// Martlet: the trace in the context that tasks inherit.
public import Tracing

/// A place in a trace, and its span if that is in this process.
struct TracePlace: Sendable {
    var context: TraceContext
    var span: TraceSpan?
}

private enum TracePlaceKey: ServiceContextKey {
    typealias Value = TracePlace
    static var nameOverride: String? { "martlet-trace" }
}

extension ServiceContext {
    var tracePlace: TracePlace? {
        get { self[TracePlaceKey.self] }
        set { self[TracePlaceKey.self] = newValue }
    }

    /// The place in the trace that work under this context belongs to; set it to that of a caller in another process.
    public var traceContext: TraceContext? {
        get { tracePlace?.context }
        set { tracePlace = newValue.map { TracePlace(context: $0, span: nil) } }
    }
}
