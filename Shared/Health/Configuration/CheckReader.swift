// SPDX-License-Identifier: Apache-2.0
// Martlet: reads one check.

internal import Platform

/// Reads checks.
struct CheckReader: Sendable {
    static let allowedID = "1 to 63 letters, digits, -, _ and ."
    let reader: ConfigurationReader
    let defaults: CheckDefaults

    static func isID(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x5F || byte == 0x2E
            }
    }

    /// The fields that have nothing to do with the probe.
    private struct Common {
        var name: String?
        var description: String?
        var group: String?
        var dependsOn: [String]
        var labels: [String: String]
        var runbook: String?
        var isPublic: Bool
        var down: Severity?
        /// Nil where nothing is said; a nil inside means that no incident is raised.
        var degraded: Severity??

        init(_ fields: MapReader) {
            name = fields.text("name")
            description = fields.text("description")
            group = fields.parse("group", allowed: allowedID) { isID($0) ? $0 : nil }
            dependsOn = fields.texts("depends_on", allowed: "identifiers of checks")
            labels = Dictionary(fields.textMap("labels").map { ($0.name, $0.value) }) { first, _ in first }
            runbook = fields.text("runbook")
            isPublic = fields.bool("public", default: true)
            let severity = fields.map("severity") { inner -> (Severity?, Severity??) in
                let degraded = inner.parse("degraded", allowed: "critical, warning, info or none") {
                    text -> Severity?? in
                    text == "none" ? .some(.none) : Severity(rawValue: text).map { .some($0) }
                }
                return (inner.choice("down", of: Severity.self), degraded)
            }
            down = severity?.0
            degraded = severity?.1 ?? nil
        }
    }

    /// Reads a check; nil after a problem was added.
    func check(_ fields: MapReader, _ register: inout CheckRegister) -> CheckDefinition? {
        let id = fields.requiredText("id", allowed: Self.allowedID)
        let isGood = Self.isID(id)
        if !id.isEmpty, !isGood {
            fields.report("id", "\"\(id.prefix(80))\" is no identifier", allowed: Self.allowedID)
        }
        if id.hasPrefix("slo.") {
            fields.report(
                "id",
                "\"\(id)\" is kept for an objective's error budget",
                allowed: "identifiers that don't begin with slo."
            )
        }
        let isNew = register.names.add(id, fields)
        let own = CheckDefaults(fields, over: defaults)
        let common = Common(fields)
        if let group = common.group { register.groups.insert(group) }
        let reader = ProbeReader(reader: reader, interval: own.interval)
        guard let made = reader.probe(fields, check: id, &register.heartbeats), isGood, isNew else { return nil }
        var check = CheckDefinition(
            id: id,
            kind: made.kind,
            target: made.target,
            interval: own.interval,
            probe: made.probe
        )
        check.timeout = own.timeout ?? min(own.interval / 4, .seconds(10))
        check.thresholds = own.thresholds
        check.quorum = own.quorum
        check.name = common.name ?? id
        check.description = common.description
        check.group = common.group
        check.dependsOn = common.dependsOn
        check.labels = common.labels
        check.runbook = common.runbook
        check.isPublic = common.isPublic
        check.rules = IncidentRules(name: check.name, interval: check.interval, timeout: check.timeout)
        check.rules.reopenWindow = own.reopenWindow
        check.rules.down = common.down ?? .critical
        if let degraded = common.degraded { check.rules.degraded = degraded }
        return check
    }
}
