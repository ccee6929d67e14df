// SPDX-License-Identifier: Apache-2.0
// Martlet: what backups there are, and what they are worth: GET /v1/backups.

internal import HTTPTypes
internal import Hummingbird
internal import Jobs
internal import Web

/// The route that lists backups, newest first.
struct BackupRoutes: Sendable {
    private static let limits = 1...200
    private static let methods = ["physical", "logical"]

    let ledger: Ledger
    let gate: LedgerGate

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/backups") { request, _ in try await list(request) }
    }

    private func list(_ request: Request) async throws(ProblemError) -> Response {
        var query = QueryReader(request)
        let states = BackupState.allCases.map(\.rawValue).joined(separator: ", ")
        let filter = BackupFilter(
            system: query.value("system", allowed: "a system identifier, 1 to 20 digits") { Self.system($0) },
            method: query.value("method", allowed: Self.methods.joined(separator: ", ")) { text in
                Self.methods.contains(text) ? text : nil
            },
            state: query.value("state", allowed: states) { BackupState(rawValue: $0) }
        )
        let cursor = query.value("cursor", allowed: "the `next` of the page before") { BackupCursor(opaque: $0) }
        let limit = query.int("limit", default: 50, in: Self.limits)
        try query.finish()

        let (page, summaries) = try await gate.run(.read) { () throws(JobsError) in
            (
                try await ledger.backups(filter, after: cursor, limit: limit),
                try await ledger.backupSummaries(of: filter.system)
            )
        }
        var json = JSONWriter(capacity: 1_024 + page.items.count * 512)
        json.object { json in
            json.key("systems")
            json.array { json in
                for summary in summaries { summary.write(to: &json) }
            }
            json.key("backups")
            json.array { json in
                for item in page.items { item.write(to: &json) }
            }
            json.field("next", page.next?.opaque)
        }
        return .json(json)
    }

    private static func system(_ text: String) -> String? {
        (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
    }
}
