// SPDX-License-Identifier: Apache-2.0
// Martlet: reads what a check looks at.

internal import Platform

/// Reads the probe of a check: exactly one of the kinds.
struct ProbeReader: Sendable {
    /// A probe, its kind, and what it looks at for people.
    struct Made: Sendable {
        var kind: String
        var target: String
        var probe: any Probe
    }

    /// The kinds, as the file names them.
    static let kinds = [
        "http", "tcp", "tls", "dns", "icmp", "postgres", "redis", "martlet", "prometheus", "command", "heartbeat",
        "workers", "alerts",
    ]

    /// Those of them that have no facts, and so nothing that a condition could look at.
    static let kindsWithoutFacts: Set = ["martlet", "heartbeat", "alerts"]

    let reader: ConfigurationReader
    /// How often the check looks.
    let interval: Duration
    var resources: ProbeResources { reader.resources }

    init(reader: ConfigurationReader, interval: Duration) {
        self.reader = reader
        self.interval = interval
    }

    func probe(_ fields: MapReader, check id: String, _ heartbeats: inout [String: Secret?]) -> Made? {
        let expectations = Self.expectations(fields)
        let given = Self.kinds.filter(fields.has)
        guard let kind = given.first, given.count == 1 else {
            let allowed = "exactly one of " + Self.kinds.joined(separator: ", ")
            let problem =
                given.isEmpty
                ? "the check says nothing to look at" : "\(given.joined(separator: " and ")) are both given"
            fields.report(given.last ?? "", problem, allowed: allowed)
            return nil
        }
        if Self.kindsWithoutFacts.contains(kind) {
            for name in ["conditions", "degraded_conditions"] where fields.has(name) {
                fields.report(
                    name,
                    "a check of the kind \(kind) looks at no conditions",
                    allowed: "conditions with a kind that has facts"
                )
            }
        }
        if kind == "heartbeat" {
            return heartbeat(fields, id, &heartbeats)
        }
        return fields.map(kind) { inner -> Made? in
            do throws(ProbeConfigurationError) {
                return try make(kind, inner, expectations)
            } catch {
                inner.report(error.field, "can't be used", allowed: error.message)
                return nil
            }
        }
    }

    private func make(
        _ kind: String,
        _ fields: MapReader,
        _ expectations: Expectations
    ) throws(ProbeConfigurationError) -> Made? {
        switch kind {
        case "http": return try http(fields, expectations)
        case "martlet": return try martlet(fields)
        case "prometheus": return try prometheus(fields, expectations)
        case "tcp":
            let (host, port) = hostAndPort(fields, nil)
            var target = TCPProbe.Target(host: host, port: port)
            target.send = fields.text("send")
            target.expectedPrefix = fields.text("expect")
            target.expectations = expectations
            guard !host.isEmpty, port > 0 else { return nil }
            return Made(kind: kind, target: "\(host):\(port)", probe: try TCPProbe(target, resources: resources))
        case "tls":
            let (host, port) = hostAndPort(fields, 443)
            var target = TLSProbe.Target(host: host, port: port)
            target.tls = Self.tls(fields)
            target.minimumDays = fields.int("minimum_days", in: 0...36_500)
            target.expectations = expectations
            guard !host.isEmpty else { return nil }
            return Made(kind: kind, target: "\(host):\(port)", probe: try TLSProbe(target, resources: resources))
        case "dns": return try dns(fields, expectations)
        case "icmp":
            var target = PingProbe.Target(
                host: fields.requiredText("host", allowed: "a name or an address"),
                count: fields.int("count", in: 1...20) ?? 3
            )
            target.expectations = expectations
            guard !target.host.isEmpty else { return nil }
            return Made(kind: kind, target: target.host, probe: try PingProbe(target, resources: resources))
        case "postgres": return try postgres(fields, expectations)
        case "redis": return try redis(fields, expectations)
        case "command":
            var target = CommandProbe.Target(
                fields.texts("run", allowed: "a program and its arguments, a list of texts")
            )
            target.environment = fields.textMap("environment")
            target.expectations = expectations
            if target.arguments.isEmpty { fields.report("run", "is missing", allowed: "a program and its arguments") }
            guard !target.arguments.isEmpty else { return nil }
            return Made(
                kind: kind,
                target: target.arguments[0],
                probe: try CommandProbe(target, resources: resources)
            )
        case "alerts":
            let labels = fields.textMap("labels", allowed: "a pattern for each label").map {
                ($0.name, NamePattern($0.value))
            }
            let probe = AlertsProbe(store: reader.store, labels: Dictionary(labels) { first, _ in first })
            return Made(kind: kind, target: "alerts that an Alertmanager sent", probe: probe)
        default:
            let minimum = fields.int("min_instances", in: 0...10_000) ?? 1
            let probe = WorkersProbe(
                store: reader.store,
                minimum: minimum,
                interval: interval,
                expectations: expectations
            )
            return Made(kind: kind, target: "the ledger's register of workers", probe: probe)
        }
    }

    private func http(_ fields: MapReader, _ expectations: Expectations) throws(ProbeConfigurationError) -> Made? {
        let url = fields.requiredText("url", allowed: "an http or https address")
        var target = HTTPProbe.Target(url: url)
        target.method = fields.text("method") ?? "GET"
        target.headers = fields.textMap("headers")
        target.body = fields.text("body").map { Array($0.utf8) } ?? []
        target.followRedirects = fields.bool("follow_redirects", default: false)
        target.tls = Self.tls(fields)
        target.expectations = expectations
        let template = target
        let instances = Instances(fields)
        guard !url.isEmpty else { return nil }
        return try family(fields, instances, kind: "http", url: url) { address throws(ProbeConfigurationError) in
            var target = template
            target.url = address
            return try HTTPProbe(target, resources: resources)
        }
    }

    private func martlet(_ fields: MapReader) throws(ProbeConfigurationError) -> Made? {
        let url = fields.requiredText("url", allowed: "an http or https address")
        let tls = Self.tls(fields)
        let instances = Instances(fields)
        guard !url.isEmpty else { return nil }
        return try family(fields, instances, kind: "martlet", url: url) { address throws(ProbeConfigurationError) in
            var target = ReadinessProbe.Target(url: address)
            target.tls = tls
            return try ReadinessProbe(target, resources: resources)
        }
    }

    /// How the instances behind an address are found, and how many there should be.
    private struct Instances {
        var discovery: String?
        var minimum: Int?

        init(_ fields: MapReader) {
            discovery = fields.text("discover", allowed: "dns or srv")
            minimum = fields.int("min_instances", in: 1...1_000)
        }
    }

    /// One probe of an address, or, with `discover`, one of each instance that the name stands for.
    private func family(
        _ fields: MapReader,
        _ instances: Instances,
        kind: String,
        url: String,
        _ make: @escaping @Sendable (String) throws(ProbeConfigurationError) -> any Probe
    ) throws(ProbeConfigurationError) -> Made {
        let parsed = try ProbeURL(url)
        let single = try make(url)
        let minimum = instances.minimum
        guard let discovery = instances.discovery else {
            if minimum != nil {
                fields.report("min_instances", "counts instances", allowed: "discover: dns or srv beside it")
            }
            return Made(kind: kind, target: parsed.description, probe: single)
        }
        guard discovery == "dns" || discovery == "srv" else {
            fields.report("discover", "\"\(discovery)\" is not known", allowed: "dns or srv")
            return Made(kind: kind, target: parsed.description, probe: single)
        }
        let source: FamilyProbe.Source =
            discovery == "dns" ? .addresses(parsed.host, port: parsed.port) : .services(parsed.host)
        let client = DNSClient(resources: resources)
        let probe = FamilyProbe(source: source, minimum: minimum ?? 1, interval: interval) { source, timeout in
            switch source {
            case .addresses(let name, let port):
                return try await client.addresses(of: name, timeout: timeout).map { .init(host: $0, port: port) }
            case .services(let name):
                return try await client.services(of: name, timeout: timeout).map { .init(host: $0.host, port: $0.port) }
            }
        } make: { instance in
            let scheme = parsed.isSecure ? "https" : "http"
            return try? make("\(scheme)://\(instance.text)\(parsed.target)")
        }
        return Made(kind: kind, target: "each instance of \(parsed.description)", probe: probe)
    }

    private func prometheus(_ fields: MapReader, _ expectations: Expectations) throws(ProbeConfigurationError) -> Made?
    {
        let url = fields.requiredText("url", allowed: "the address of a Prometheus server")
        let query = fields.requiredText("query", allowed: "a PromQL expression")
        var target = PrometheusProbe.Target(url: url, query: query)
        target.empty = fields.choice("empty", of: PrometheusProbe.Empty.self) ?? .unknown
        target.headers = fields.textMap("headers")
        target.tls = Self.tls(fields)
        target.expectations = expectations
        guard !url.isEmpty, !query.isEmpty else { return nil }
        return Made(kind: "prometheus", target: query, probe: try PrometheusProbe(target, resources: resources))
    }

    private func dns(_ fields: MapReader, _ expectations: Expectations) throws(ProbeConfigurationError) -> Made? {
        let name = fields.requiredText("name", allowed: "a domain name")
        let names = DNSRecordType.allCases.map { "\($0)".uppercased() }.joined(separator: ", ")
        let type = fields.parse("type", allowed: names) { DNSRecordType(name: $0) } ?? .a
        var target = DNSProbe.Target(name: name, type: type)
        if let server = fields.text("server", allowed: "an address, or address:port") {
            target.server = try DNSServer(server)
        }
        target.expectations = expectations
        guard !name.isEmpty else { return nil }
        return Made(
            kind: "dns",
            target: "\(name) \("\(type)".uppercased())",
            probe: try DNSProbe(target, resources: resources)
        )
    }

    private static func expectations(_ fields: MapReader) -> Expectations {
        func conditions(_ name: String) -> [Condition] {
            fields.texts(name, allowed: "conditions such as status == 200").compactMap { text in
                do throws(ConditionError) { return try Condition(parsing: text) } catch {
                    fields.report(
                        name,
                        "\"\(text.prefix(80))\" is no condition: \(error)",
                        allowed: "subject operator value, such as latency < 300ms"
                    )
                    return nil
                }
            }
        }
        return Expectations(conditions: conditions("conditions"), degraded: conditions("degraded_conditions"))
    }

    static func tls(_ fields: MapReader) -> TLSOptions {
        fields.map("tls") { inner in
            TLSOptions(
                authorityFile: inner.text("ca_file"),
                serverName: inner.text("server_name"),
                isUnverified: inner.bool("insecure", default: false),
                certificateFile: inner.text("certificate_file"),
                privateKeyFile: inner.text("private_key_file")
            )
        } ?? TLSOptions()
    }

    private func hostAndPort(_ fields: MapReader, _ fallback: Int?) -> (String, Int) {
        let host = fields.requiredText("host", allowed: "a name or an address")
        let port = fields.int("port", in: 1...65_535)
        if port == nil, fallback == nil, !fields.has("port") {
            fields.report("port", "is missing", allowed: "1 to 65535")
        }
        return (host, port ?? fallback ?? 0)
    }
}
