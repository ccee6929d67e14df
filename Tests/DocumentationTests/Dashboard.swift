// SPDX-License-Identifier: Apache-2.0
// Martlet: a Grafana dashboard as far as its queries, and what Prometheus answers to one.

import FoundationEssentials

/// A dashboard of infra/monitoring/grafana.
struct Dashboard: Decodable {
    struct Panel: Decodable {
        var title: String
        /// None for a row's title.
        var targets: [Target]?
    }

    struct Target: Decodable {
        var expr: String
    }

    var title: String
    var panels: [Panel]

    static let names = ["overview", "jobs", "ledger", "bus", "runtime", "health", "slo", "backup"]

    static func read(_ name: String) throws -> Dashboard {
        let text = try Readme.file("infra/monitoring/grafana/dashboards/\(name).json")
        return try JSONDecoder().decode(Dashboard.self, from: Data(text.utf8))
    }

    /// The queries, with Grafana's variables replaced.
    var queries: [(panel: String, query: String)] {
        panels.flatMap { panel in
            (panel.targets ?? []).map { target in
                let query = target.expr.replacing("$__rate_interval", with: "1m").replacing("$queue", with: ".*")
                return ("\(title), \(panel.title)", query)
            }
        }
    }
}

/// The answer of `/api/v1/query`.
struct QueryAnswer: Decodable {
    struct Data: Decodable {
        var result: [Sample]
    }

    struct Sample: Decodable {
        var value: String

        enum CodingKeys: CodingKey { case value }

        init(from decoder: any Decoder) throws {
            var pair = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .value)
            _ = try pair.decode(Double.self)
            value = try pair.decode(String.self)
        }
    }

    var status: String
    var data: Data?

    /// Whether there is a number in it.
    var hasData: Bool { status == "success" && (data?.result ?? []).contains { $0.value != "NaN" } }
}
