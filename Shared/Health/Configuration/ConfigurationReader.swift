// SPDX-License-Identifier: Apache-2.0
// Martlet: reads the configuration file, and names every mistake in it.

internal import FoundationEssentials
internal import Platform

/// Reads a configuration; nothing of a wrong one is used.
public struct ConfigurationReader: Sendable {
    /// The largest file: 4 MiB.
    static let largestFile = 4 << 20

    let store: HealthStore
    let resources: ProbeResources
    let environment: [String: String]

    /// Takes what probes need.
    ///
    /// - Parameter environment: For `${NAME}` in the file.
    public init(store: HealthStore, resources: ProbeResources, environment: [String: String]) {
        self.store = store
        self.resources = resources
        self.environment = environment
    }

    /// Reads a file; throws `configuration` with every mistake.
    public func read(path: String) throws(HealthError) -> HealthConfiguration {
        let text: String
        do { text = try FileText.text(path: path, limit: Self.largestFile) } catch {
            let problem = ConfigurationProblem(
                file: path,
                line: nil,
                path: "",
                problem: "it can't be read: \(error.message)",
                allowed: "a readable YAML file of at most 4 MiB"
            )
            throw HealthError(.configuration, "the health configuration can't be used", problems: [problem])
        }
        return try read(text, name: path)
    }

    /// Reads a text; `name` stands in the messages.
    public func read(_ text: String, name: String) throws(HealthError) -> HealthConfiguration {
        let problems = ProblemList(file: name)
        var configuration: HealthConfiguration?
        if let root = YAMLValue.parse(text, problems) {
            let variables = ConfigurationVariables(environment: environment, onValue: problems.conceal)
            let map = MapReader(root, problems, variables)
            configuration = build(map, problems)
            map.finish()
        }
        let found = problems.all
        guard let configuration, found.isEmpty else {
            let noun = found.count == 1 ? "1 mistake" : "\(found.count) mistakes"
            throw HealthError(.configuration, "the health configuration has \(noun)", problems: found)
        }
        return configuration
    }

    private func build(_ map: MapReader, _ problems: ProblemList) -> HealthConfiguration? {
        let defaults = map.map("defaults") { CheckDefaults($0) } ?? CheckDefaults()
        var register = CheckRegister()
        let checks = map.maps("checks") { CheckReader(reader: self, defaults: defaults).check($0, &register) }
        let names = register.names.names
        check(checks, names, map)
        var groupNames = NameRegister("group", field: "id")
        let groups = readGroups(map, checks, &groupNames)
        let knownGroups = Set(groupNames.names).union(register.groups).sorted()
        var receiverNames = NameRegister("receiver", field: "name")
        let receivers = map.maps("receivers") { ReceiverReader().receiver($0, &receiverNames) }
        let policy = PolicyReader(receivers: receiverNames.names).policy(map)
        var configuration = HealthConfiguration(policy: policy)
        if let (page, subscriptions, backups) = map.map("page", { Self.page($0) }) {
            configuration.page = page
            configuration.subscriptions = subscriptions
            configuration.backups = backups
        }
        configuration.given = map.filledNames
        configuration.checks = checks
        configuration.groups = groups
        configuration.receivers = receivers
        configuration.heartbeats = register.heartbeats
        configuration.takesAlerts = map.has("alertmanager")
        configuration.alertToken = map.map("alertmanager") { $0.text("token").map { Secret($0) } }
        configuration.maintenance = readMaintenance(map, names, knownGroups)
        configuration.objectives = ObjectiveReader(checks: names).objectives(map)
        return configuration
    }

    /// What can only be seen with all checks at hand.
    ///
    /// - Parameter names: The names of all checks, of those that are wrong too.
    private func check(_ checks: [CheckDefinition], _ names: [String], _ map: MapReader) {
        let known = Set(names)
        for check in checks {
            for cause in check.dependsOn where !known.contains(cause) {
                let near = NearestName.find(cause, among: known).map { "did you mean \($0)?" }
                let allowed = near ?? "the identifier of a check"
                map.report("checks", "\(check.id) depends on \(cause), which does not exist", allowed: allowed)
            }
        }
        let edges = Dictionary(checks.map { ($0.id, $0.dependsOn) }) { first, _ in first }
        if let circle = DependencyGraph.circle(in: edges) {
            map.report("checks", "\(circle.joined(separator: " -> ")) is a circle", allowed: "dependencies without one")
        }
        if checks.count > 10_000 { map.report("checks", "are \(checks.count)", allowed: "at most 10000") }
    }

    private func readGroups(
        _ map: MapReader,
        _ checks: [CheckDefinition],
        _ names: inout NameRegister
    ) -> [HealthConfiguration.Group] {
        var groups = map.maps("groups") { fields -> HealthConfiguration.Group? in
            let id = fields.requiredText("id", allowed: CheckReader.allowedID)
            let rule = fields.map("rule") { Self.rule($0) } ?? .worst
            let name = fields.text("name") ?? id
            let isNew = names.add(id, fields)
            guard CheckReader.isID(id) else {
                if !id.isEmpty { fields.report("id", "\"\(id)\" is no identifier", allowed: CheckReader.allowedID) }
                return nil
            }
            return isNew ? HealthConfiguration.Group(id: id, name: name, rule: rule) : nil
        }
        for check in checks {
            guard let group = check.group, !groups.contains(where: { $0.id == group }) else { continue }
            groups.append(HealthConfiguration.Group(id: group, name: group, rule: .worst))
        }
        return groups
    }

    private static func rule(_ fields: MapReader) -> GroupRule? {
        let weights = fields.textMap("weights", allowed: "a number for each check").compactMap { name, text in
            if let weight = Double(text), weight >= 0, weight.isFinite { return (name, weight) }
            fields.report("weights", "\(name) weighs \"\(text)\"", allowed: "numbers of 0 or more")
            return nil
        }
        let isWeighted = fields.has("weights") || fields.has("degraded_below")
        if fields.has("minimum_healthy") || fields.has("down_below") && !isWeighted {
            let degraded = fields.int("minimum_healthy", in: 1...10_000) ?? 1
            return .minimumHealthy(degraded: degraded, down: fields.int("down_below", in: 1...10_000) ?? 1)
        }
        let degraded = fields.number("degraded_below", in: 0...1) ?? 1
        let down = fields.number("down_below", in: 0...1) ?? 0.5
        if weights.isEmpty, !fields.has("degraded_below"), !fields.has("down_below") { return .worst }
        return .weighted(weights: Dictionary(weights) { first, _ in first }, degraded: degraded, down: down)
    }

    private static func page(_ fields: MapReader) -> (
        HealthConfiguration.Page, SubscriptionSettings, BackupRules
    ) {
        var page = HealthConfiguration.Page()
        page.title = fields.text("title") ?? page.title
        page.description = fields.text("description") ?? ""
        let themes = ["auto", "light", "dark", "contrast"]
        page.theme =
            fields.parse("theme", allowed: themes.joined(separator: ", ")) { themes.contains($0) ? $0 : nil } ?? "auto"
        page.url = fields.parse("url", allowed: "an http or https address", Self.webAddress)
        page.supportURL = fields.parse("support_url", allowed: "an http or https address", Self.webAddress)
        let subscriptions = fields.map("subscriptions") { SubscriptionReader.settings($0) } ?? SubscriptionSettings()
        if subscriptions.isOffered, page.url == nil, !fields.has("url") {
            fields.report("url", "is missing", allowed: "where people see the page: links to subscribers lead there")
        }
        return (page, subscriptions, fields.map("backups") { BackupRules($0) } ?? BackupRules())
    }

    private static func webAddress(_ text: String) -> String? {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            return nil
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    private func readMaintenance(_ map: MapReader, _ checks: [String], _ groups: [String]) -> [MaintenanceWindow] {
        var place = 0
        return map.maps("maintenance") { fields in
            place += 1
            var window = MaintenanceReader(checks: checks, groups: groups).window(fields, id: "file-\(place)")
            window?.isFromFile = true
            return window
        }
    }
}
