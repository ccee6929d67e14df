// SPDX-License-Identifier: Apache-2.0
// Martlet: writes what this location believes to the ledger.

internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Writes observations: all of them once a second where others read them; where nobody does, changes at once and the rest now and then, for whoever comes
/// after this process.
struct ObservationWriter: Service {
    private struct Written: Equatable {
        var state: CheckState
        var since: Timestamp
        var at: Timestamp
    }

    private final class Memory: Sendable {
        let written = Mutex<[String: Written]>([:])
    }

    let board: ObservationBoard
    let store: HealthStore
    let hasPeers: @Sendable () -> Bool
    let logger: Logger
    private let memory = Memory()

    init(
        board: ObservationBoard,
        store: HealthStore,
        logger: Logger,
        hasPeers: @escaping @Sendable () -> Bool
    ) {
        self.board = board
        self.store = store
        self.logger = logger
        self.hasPeers = hasPeers
    }

    func run() async throws {
        await repeating(every: .seconds(1)) { await self.write(all: self.hasPeers()) }
        await write(all: true)
    }

    private func write(all: Bool) async {
        let due = memory.written.withLock { written in
            board.takeUnwritten { observation in
                guard !all, let last = written[observation.check] else { return true }
                return last.state != observation.state || last.since != observation.since
                    || observation.at - last.at > .seconds(30)
            }
        }
        guard !due.isEmpty else { return }
        do throws(HealthError) {
            try await store.write(due)
            memory.written.withLock { written in
                for entry in due {
                    written[entry.check] = Written(state: entry.state, since: entry.since, at: entry.at)
                }
            }
        } catch {
            board.putBack(due)
            logger.debug("observations wait for the ledger", metadata: ["error": "\(error)"])
        }
    }
}
