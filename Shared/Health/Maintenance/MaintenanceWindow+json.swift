// SPDX-License-Identifier: Apache-2.0
// Martlet: maintenance windows from requests, by the rules of the configuration file.

internal import Platform

extension MaintenanceWindow {
    /// Reads a window from JSON; throws `configuration` with every mistake.
    public init(json: [UInt8], checks: [String], groups: [String]) throws(HealthError) {
        let problems = ProblemList(file: "request")
        var window: MaintenanceWindow?
        do throws(JSONTrouble) {
            let map = MapReader(
                YAMLValue(try JSONValue(parsing: json), at: YAMLPlace(line: nil, path: "")),
                problems,
                ConfigurationVariables(environment: [:])
            )
            let person = map.text("created_by", allowed: "a name")
            window = MaintenanceReader(checks: checks, groups: groups).window(map, id: "")
            window?.createdBy = person
            map.finish()
        } catch {
            problems.add(YAMLPlace(line: nil, path: ""), "the body is not JSON: \(error)", allowed: "one JSON object")
        }
        guard let window, problems.all.isEmpty else {
            throw HealthError(.configuration, "the maintenance window is not valid", problems: problems.all)
        }
        self = window
    }
}
