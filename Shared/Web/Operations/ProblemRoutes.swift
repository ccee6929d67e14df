// SPDX-License-Identifier: Apache-2.0
// Martlet: explains every problem type at the address that its `type` names.

internal import HTTPTypes
internal import Hummingbird

/// `/problems` and `/problems/{name}`.
public struct ProblemRoutes: Sendable {
    private let kinds: [ProblemKind]

    /// Explains this module's kinds and a service's own.
    public init(_ more: [ProblemKind] = []) {
        kinds = ProblemKind.all + more
    }

    /// Adds them to a service's table.
    public func add(to routes: inout RouteTable) {
        let kinds = kinds
        routes.add(.get, "/problems", access: .everybody) { _, _ in
            var json = JSONWriter(capacity: 4_096)
            json.array { json in
                for kind in kinds { Self.write(kind, to: &json) }
            }
            return .json(json)
        }
        routes.add(.get, "/problems/{name}", access: .everybody) { _, context in
            guard let kind = kinds.first(where: { $0.name == context.parameters.get("name") }) else {
                throw ProblemError(.notFound)
            }
            var json = JSONWriter(capacity: 512)
            Self.write(kind, to: &json)
            return .json(json)
        }
    }

    private static func write(_ kind: ProblemKind, to json: inout JSONWriter) {
        json.object { json in
            json.field("type", kind.type)
            json.field("title", kind.title)
            json.field("status", kind.status.code)
            json.field("explanation", kind.explanation)
        }
    }
}
