// SPDX-License-Identifier: Apache-2.0
// Martlet: the settings of tracing.
import Testing

@testable import Platform

@Suite struct TraceSettingsTests {
    private func read(_ environment: [String: String]) throws -> TraceSettings {
        let reader = SettingsReader(arguments: ["test"], environment: environment)
        let settings = TraceSettings(reader, service: "martlet-test")
        try reader.finish()
        return settings
    }

    @Test func offWithoutAnEndpoint() throws {
        let settings = try read([:])
        #expect(settings.endpoint == nil && settings.sampleRatio == 0.01 && settings.slow == .seconds(1))
        let names = ["service.name", "service.version", "service.instance.id", "host.name", "process.pid"]
        #expect(settings.resource.map(\.name) == names && settings.resource.allSatisfy { !$0.value.isEmpty })
        #expect(settings.resource.first?.value == "martlet-test")
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318"], "http://otel:4318/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel/base/"], "https://otel/base/v1/traces"),
        (
            ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/x?y=1"],
            "http://t/x?y=1"
        ),
    ])
    func endpoints(environment: [String: String], url: String) throws {
        #expect(try read(environment).endpoint == url)
    }

    @Test func listsAreDecodedAndNamesReplaced() throws {
        let settings = try read([
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20a%2Cb, x-team = 7",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=pr%C3%B6d,service.name=a,host.name=h",
            "OTEL_SERVICE_NAME": "b", "MARTLET_TRACE_SAMPLE": "0.5", "MARTLET_TRACE_SLOW": "250ms",
        ])
        #expect(settings.headers.map(\.name) == ["authorization", "x-team"])
        #expect(settings.headers.map { $0.value.reveal() } == ["Bearer a,b", "7"])
        let resource = Dictionary(settings.resource.map { ($0.name, $0.value) }) { $1 }
        #expect(resource["service.name"] == "b" && resource["host.name"] == "h" && settings.resource.count == 6)
        #expect(resource["deployment.environment.name"] == "pröd")
        #expect(settings.sampleRatio == 0.5 && settings.slow == .milliseconds(250))
    }

    @Test(arguments: [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "otel:4318"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel/?a=b"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://otel"), ("OTEL_EXPORTER_OTLP_HEADERS", "novalue"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b%0D%0Ac"), ("OTEL_EXPORTER_OTLP_HEADERS", "a b=c"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "=c"), ("OTEL_RESOURCE_ATTRIBUTES", "a=%zz"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=%f"),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=%ff"), ("MARTLET_TRACE_SAMPLE", "1.5"), ("MARTLET_TRACE_SLOW", "0"),
    ])
    func mistakesAreReported(name: String, value: String) {
        let error = #expect(throws: PlatformError.self) { try read([name: value]) }
        #expect(error?.problems.map(\.key) == [name], "\(String(describing: error))")
        if name.hasSuffix("HEADERS") { #expect(error?.description.contains(value) == false) }
    }
}
