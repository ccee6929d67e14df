// SPDX-License-Identifier: Apache-2.0
// Martlet: writes findings to the ledger, minute by minute.

internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Writes the minutes that ended. What can't be written waits within the buffer's bound; what is open at the end is written then.
///
/// One that the ledger refuses, and does not fail to take, keeps no other one waiting: the others are written without it, and after some tries it is lost.
struct HistoryWriter: Service {
    /// Minutes of checks in one statement.
    static let batch = 2_000
    /// How often one that is refused is tried.
    static let mostTries = 12
    /// Refused ones that are looked for at a time: to find one takes a dozen statements.
    static let mostRefused = 20

    private typealias Minutes = ArraySlice<(key: MinuteSample.Key, sample: MinuteSample)>

    private final class Memory: Sendable {
        let tries = Mutex<[MinuteSample.Key: Int]>([:])
    }

    /// What one look found.
    private struct Round {
        var refused: [(key: MinuteSample.Key, sample: MinuteSample)] = []
        var error: HealthError?
    }

    private let samples: SampleBuffer
    private let store: HealthStore
    private let logger: Logger
    private let memory = Memory()

    init(samples: SampleBuffer, store: HealthStore, logger: Logger) {
        self.samples = samples
        self.store = store
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // A finding of the minute may still be on its way for a moment.
                await write(endedBefore: .now() + .seconds(-2))
                try? await Task.sleep(for: .seconds(5))
            }
        }
        await write(endedBefore: .now() + .seconds(120))
    }

    /// Writes all minutes that ended before a time, as far as the ledger takes them.
    func write(endedBefore time: Timestamp) async {
        var round = Round()
        while true {
            let minutes = samples.take(endedBefore: time, upTo: Self.batch)
            guard !minutes.isEmpty else { break }
            do throws(HealthError) { try await write(minutes[...], &round) } catch {
                samples.putBack(minutes)
                logger.debug("history waits for the ledger", metadata: ["error": "\(error)"])
                break
            }
            // With as many refused as this it is not about single ones.
            if minutes.count < Self.batch || round.refused.count >= Self.mostRefused { break }
        }
        settle(round)
    }

    /// Writes minutes, by halves where they are refused together; throws when the ledger is not there.
    private func write(_ minutes: Minutes, _ round: inout Round) async throws(HealthError) {
        do throws(HealthError) {
            let numbers = try await store.numbers(of: minutes.map(\.key.check))
            try await store.write(Array(minutes), numbers: numbers)
            memory.tries.withLock { tries in
                guard !tries.isEmpty else { return }
                for (key, _) in minutes { tries[key] = nil }
            }
            return
        } catch {
            guard error.code != .ledgerUnavailable else { throw error }
            round.error = error
        }
        guard minutes.count > 1, round.refused.count < Self.mostRefused else {
            round.refused += minutes
            return
        }
        let middle = minutes.startIndex + minutes.count / 2
        try await write(minutes[..<middle], &round)
        try await write(minutes[middle...], &round)
    }

    /// Puts back what was refused, until it was tried often enough.
    private func settle(_ round: Round) {
        guard !round.refused.isEmpty else { return }
        // Where many are refused together, what they have in common may pass: only those that were found one by one are given up.
        let mayGiveUp = round.refused.count <= Self.mostRefused
        let lost = memory.tries.withLock { tries in
            var lost: Set<MinuteSample.Key> = []
            for (key, _) in round.refused {
                tries[key, default: 0] += 1
                guard tries[key, default: 0] >= (mayGiveUp ? Self.mostTries : Self.mostTries * 10) else { continue }
                tries[key] = nil
                lost.insert(key)
            }
            return lost
        }
        samples.putBack(round.refused.filter { !lost.contains($0.key) })
        guard let first = round.refused.first(where: { lost.contains($0.key) }) else { return }
        samples.lose(lost.count)
        logger.error(
            "the ledger refuses findings: they are lost",
            metadata: [
                "minutes": "\(lost.count)", "check": "\(first.key.check)",
                "minute": "\(Timestamp(microseconds: first.key.minute))",
                "error": "\(round.error.map { "\($0)" } ?? "")",
            ]
        )
    }
}
