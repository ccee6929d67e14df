// SPDX-License-Identifier: Apache-2.0
// Martlet: which traces are kept, and where they are sent.

/// `MARTLET_TRACE_SAMPLE` (default 0.01), `MARTLET_TRACE_SLOW` (default 1 s) and the standard names of OpenTelemetry.
public struct TraceSettings: Sendable {
    /// The URL that spans are posted to; nil turns tracing off.
    public var endpoint: String?
    /// Headers of each post, such as a key of the collector.
    public var headers: [(name: String, value: Secret)] = []
    /// What describes the process: `service.name` and others, in the order in which they are sent.
    public var resource: [(name: String, value: String)]
    /// The share of traces that begin here and are recorded, 0...1.
    public var sampleRatio = 0.01
    /// Local roots that take this long are kept in any case.
    public var slow = Duration.seconds(1)

    /// Settings without a reader; off unless an endpoint is given.
    public init(service: String, endpoint: String? = nil) {
        self.endpoint = endpoint
        resource = OTLPResource.attributes(service: service, given: [])
    }

    /// Reads the settings; tracing is off when no endpoint is set.
    ///
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` is the base that `/v1/traces` is added to, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` the
    /// whole URL; `OTEL_EXPORTER_OTLP_HEADERS` (a secret) and `OTEL_RESOURCE_ATTRIBUTES` are lists of `key=value` with
    /// percent signs; `OTEL_SERVICE_NAME` replaces the name of the program.
    public init(_ reader: SettingsReader, service: String) {
        let base = reader.url("OTEL_EXPORTER_OTLP_ENDPOINT", schemes: ["http", "https"])
        let whole = reader.url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", schemes: ["http", "https"])
        endpoint = whole ?? base.map { Self.append("v1/traces", to: $0) }
        if whole == nil, let base, base.contains(where: { $0 == "?" || $0 == "#" }) {
            reader.report(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                problem: "has a query or a fragment, and /v1/traces is added to it",
                allowed: "a URL of scheme, host and path; or the whole URL as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
            )
        }
        if let text = reader.secret("OTEL_EXPORTER_OTLP_HEADERS") {
            if let list = OTLPList.parse(text.reveal()), list.allSatisfy({ OTLPList.isHeader($0.name, $0.value) }) {
                headers = list.map { ($0.name, Secret($0.value)) }
            } else {
                reader.report(
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    problem: "the value is not a list of headers",
                    allowed: "name=value,name=value; other than printable ASCII, and commas, as % and two digits"
                )
            }
        }
        var given: [(name: String, value: String)] = []
        if let text = reader.string("OTEL_RESOURCE_ATTRIBUTES") {
            if let list = OTLPList.parse(text) {
                given = list
            } else {
                reader.report(
                    "OTEL_RESOURCE_ATTRIBUTES",
                    problem: "the value is not a list of attributes",
                    allowed: "at most 64 of key=value,key=value; commas and percent signs as % and two digits"
                )
            }
        }
        if let name = reader.string("OTEL_SERVICE_NAME") { given.append(("service.name", name)) }
        resource = OTLPResource.attributes(service: service, given: given)
        sampleRatio = reader.double("MARTLET_TRACE_SAMPLE", default: 0.01, in: 0...1)
        slow = reader.duration("MARTLET_TRACE_SLOW", default: .seconds(1), in: .milliseconds(1)...(.seconds(3600)))
    }

    private static func append(_ path: String, to base: String) -> String {
        base.hasSuffix("/") ? base + path : base + "/" + path
    }
}
