// SPDX-License-Identifier: Apache-2.0
// Martlet: reads service level objectives.

internal import Platform

/// Reads objectives.
struct ObjectiveReader: Sendable {
    let checks: [String]

    func objectives(_ map: MapReader) -> [ObjectiveDefinition] {
        var names = NameRegister("objective", field: "id")
        return map.maps("slos") { fields -> ObjectiveDefinition? in
            let id = fields.requiredText("id", allowed: CheckReader.allowedID)
            if !id.isEmpty, !CheckReader.isID(id) {
                fields.report("id", "is no identifier", allowed: CheckReader.allowedID)
            }
            let share = fields.parse("objective", allowed: "a share such as 99.9% or 0.999, above 0 and below 1") {
                text in
                let value = Double(text.hasSuffix("%") ? String(text.dropLast()) : text)
                let scaled = value.map { text.hasSuffix("%") ? $0 / 100 : $0 }
                return scaled.flatMap { $0 > 0 && $0 < 1 ? $0 : nil }
            }
            if !fields.has("objective") { fields.report("objective", "is missing", allowed: "a share such as 99.9%") }
            let window =
                fields.duration("window", in: .seconds(3_600) ... .seconds(400 * 86_400)) ?? .seconds(30 * 86_400)
            let minimum = fields.int("minimum_events", in: 0...1_000_000_000) ?? 100
            let name = fields.text("name") ?? id
            guard let indicator = indicator(fields), let share, CheckReader.isID(id), names.add(id, fields) else {
                return nil
            }
            return ObjectiveDefinition(
                id: id,
                name: name,
                objective: share,
                window: window,
                indicator: indicator,
                minimumEvents: minimum
            )
        }
    }

    private func indicator(_ fields: MapReader) -> ObjectiveDefinition.Indicator? {
        let given = ["availability", "latency", "prometheus"].filter(fields.has)
        guard let kind = given.first, given.count == 1 else {
            fields.report(
                given.last ?? "id",
                "does not say what is counted",
                allowed: "one of availability, latency, prometheus"
            )
            return nil
        }
        return fields.map(kind) { inner -> ObjectiveDefinition.Indicator? in
            if kind == "prometheus" {
                let url = inner.requiredText("url", allowed: "the address of a Prometheus server")
                let good = inner.requiredText("good", allowed: "a PromQL expression with $window")
                let total = inner.requiredText("total", allowed: "a PromQL expression with $window")
                return url.isEmpty || good.isEmpty || total.isEmpty
                    ? nil : .prometheus(url: url, good: good, total: total)
            }
            let names = inner.texts("checks", allowed: "identifiers of checks")
            for name in names where !checks.contains(name) {
                let near =
                    NearestName.find(name, among: checks).map { "did you mean \($0)?" } ?? "identifiers of checks"
                inner.report("checks", "there is no \(name)", allowed: near)
            }
            if names.isEmpty { inner.report("checks", "is missing", allowed: "identifiers of checks") }
            if kind == "availability" { return .availability(checks: names) }
            let below = inner.duration("below", in: .milliseconds(1) ... .seconds(300))
            if below == nil, !inner.has("below") {
                inner.report("below", "is missing", allowed: "a time such as 300ms")
            }
            return below.map { .latency(checks: names, below: $0) }
        }
    }
}
