// SPDX-License-Identifier: Apache-2.0
// Martlet: the backups over HTTP.

internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Platform
internal import Recovery
internal import Web

/// `GET /v1/backups`: what `list --output json` shows, read from the store.
struct BackupRoutes: Sendable {
    let context: RunContext

    /// 503: the store of the backups does not answer.
    static let storeUnavailable = ProblemKind(
        "store-unavailable",
        .serviceUnavailable,
        "The store of the backups does not answer",
        explanation: "The folder or bucket that holds the backups can't be read just now. Try again later."
    )

    func add(to routes: inout RouteTable) {
        routes.add(.get, "/v1/backups") { request, _ in
            try QueryReader.refuseAll(of: request)
            do throws(RecoveryError) {
                return .bytes(try await ListRun(context).json(), type: "application/json")
            } catch {
                context.logger.warning("the backups can't be listed", metadata: ["error": "\(error)"])
                throw ProblemError.unavailable(
                    Self.storeUnavailable,
                    detail: "the store of the backups does not answer",
                    cause: error
                )
            }
        }
    }
}
