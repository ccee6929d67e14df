// SPDX-License-Identifier: Apache-2.0
// Martlet: recorder and exporter of a program, or neither.
public import Logging
public import ServiceLifecycle
internal import Tracing

/// What a program needs for traces; empty, and without any cost, where no endpoint is set.
public struct TracePipeline: Sendable {
    /// Starts spans; nil when tracing is off.
    public let recorder: TraceRecorder?
    private let exporter: SpanExporter?

    /// Puts both together.
    public init(_ settings: TraceSettings, transport: any OTLPTransport, registry: MetricsRegistry, logger: Logger) {
        exporter = SpanExporter(settings, transport: transport, registry: registry, logger: logger)
        recorder = exporter.map { TraceRecorder(settings, sink: $0, registry: registry) }
    }

    /// The services of the pipeline; they go before all others, so that they end last and export what the others did at the end.
    public var services: [any Service] { exporter.map { [$0] } ?? [] }

    /// Makes the recorder the one that libraries and handlers use; once in a process.
    public func install() {
        if let recorder { InstrumentationSystem.bootstrap(recorder) }
    }
}
