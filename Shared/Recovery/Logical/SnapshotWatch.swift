// SPDX-License-Identifier: Apache-2.0
// Martlet: watches how long the backup's own snapshot holds vacuum back.
internal import Logging
internal import Postgres
internal import Synchronization

/// Looks at the age of a session's snapshot from another session.
struct SnapshotWatch: Sendable {
    private static let age = PostgresStatement(
        "",
        "SELECT coalesce(age(backend_xmin), 0)::int8 FROM pg_stat_activity WHERE pid = $1",
        parameters: [.int4]
    )
    private static let patience = Duration.seconds(30)

    let session: PostgresSession
    let leader: Int32
    let limits: SnapshotLimits
    let logger: Logger

    /// Looks until it is cancelled; throws when the snapshot is too old.
    func run(since start: ContinuousClock.Instant) async throws(RecoveryError) {
        var hasWarned = false
        while true {
            do { try await Task.sleep(for: limits.pause) } catch { return }
            let transactions: Int
            do throws(PostgresError) { transactions = try await look() } catch {
                if Task.isCancelled { return }
                throw RecoveryError(error, "the snapshot's age can't be seen")
            }
            switch limits.judge(age: ContinuousClock.now - start, transactions: transactions) {
            case .fine: break
            case .old(let reason):
                if !hasWarned {
                    logger.warning("backup holds back vacuum", metadata: ["reason": "\(reason)"])
                    hasWarned = true
                }
            case .tooOld(let reason):
                throw RecoveryError(.deadline, "\(reason): given up, since it holds back vacuum")
            }
        }
    }

    private func look() async throws(PostgresError) -> Int {
        var bindings = PostgresBindings()
        bindings.append(leader)
        let result = try await session.execute(Self.age, bindings, deadline: Self.patience)
        return result.rowCount == 0 ? 0 : try result.int(0, 0)
    }
}
