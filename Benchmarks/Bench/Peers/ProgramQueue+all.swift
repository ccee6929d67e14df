// SPDX-License-Identifier: Apache-2.0
// Martlet: which other job queues there are.

extension ProgramQueue {
    /// All that the surroundings have programs for.
    static func all(_ surroundings: Surroundings) throws(BenchError) -> [ProgramQueue] {
        guard let python = surroundings.python, let ruby = surroundings.ruby, let folder = surroundings.peers else {
            throw BenchError(.surroundings, "the peers are not installed; ./dev bench --peers does it")
        }
        return [
            ProgramQueue(
                name: "Sidekiq",
                store: "Redis",
                usesRedis: true,
                bestConcurrency: 10,
                command: [ruby, "\(folder)/sidekiq_peer.rb"],
                finishedSQL: nil
            ),
            ProgramQueue(
                name: "awa-pg",
                store: "PostgreSQL",
                usesRedis: false,
                bestConcurrency: 256,
                command: [python, "\(folder)/awa_peer.py"],
                // Receipts of whole batches, single ones, and those that it has counted and dropped already.
                finishedSQL: """
                    SELECT (SELECT coalesce(sum(completed_count), 0) FROM awa.receipt_completion_batches)
                        + (SELECT count(*) FROM awa.done_entries)
                        + (SELECT coalesce(sum(pruned_completed_count), 0) FROM awa.queue_terminal_rollups)
                    """
            ),
            ProgramQueue(
                name: "pgqueuer",
                store: "PostgreSQL",
                usesRedis: false,
                bestConcurrency: 1_000,
                command: [python, "\(folder)/pgqueuer_peer.py"],
                finishedSQL: "SELECT $JOBS - count(*) FROM pgqueuer"
            ),
        ]
    }
}
