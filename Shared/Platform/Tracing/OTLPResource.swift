// SPDX-License-Identifier: Apache-2.0
// Martlet: what spans say about the process that they come from.
internal import FoundationEssentials

/// Resource attributes by OpenTelemetry's conventions.
enum OTLPResource {
    /// Those of this process, replaced and followed by those given; of two equal names the later wins.
    static func attributes(service: String, given: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var result: [(name: String, value: String)] = [
            ("service.name", service), ("service.version", BuildInfo.version),
            ("service.instance.id", BootID.current.description), ("host.name", ProcessInfo.processInfo.hostName),
            ("process.pid", "\(ProcessInfo.processInfo.processIdentifier)"),
        ]
        for pair in given {
            if let index = result.firstIndex(where: { $0.name == pair.name }) {
                result[index].value = pair.value
            } else {
                result.append(pair)
            }
        }
        return result
    }
}
