// SPDX-License-Identifier: Apache-2.0
// Martlet: writes findings to the ledger, minute by minute.

internal import Logging
internal import Platform
internal import Postgres
internal import ServiceLifecycle
internal import Synchronization

/// Writes the minutes that ended. What can't be written waits within the buffer's bound; what is open at the end is written then.
///
/// One that the ledger refuses, and does not fail to take, keeps no other one waiting: the others are written without it, and after some tries it is lost.
/// What may pass is no such thing: while the ledger takes none at all, and does not say that it is about the values, they all wait.
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
        var refused: [Refusal] = []
        /// What was not written, since the ledger went away.
        var left: [(key: MinuteSample.Key, sample: MinuteSample)] = []
        /// Whether the ledger took at least one.
        var hasTaken = false
        var error: HealthError?
    }

    /// A minute that the ledger refused.
    private struct Refusal {
        var key: MinuteSample.Key
        var sample: MinuteSample
        /// Whether it was refused by itself, and not together with others.
        var isAlone: Bool
        /// Whether what it holds was refused, which does not pass.
        var isAboutValues: Bool
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
        // A finding of the minute may still be on its way for a moment.
        await repeating(every: .seconds(5)) { await self.write(endedBefore: .now() + .seconds(-2)) }
        await write(endedBefore: .now() + .seconds(120))
    }

    /// Writes all minutes that ended before a time, as far as the ledger takes them.
    func write(endedBefore time: Timestamp) async {
        var round = Round()
        while true {
            let minutes = samples.take(endedBefore: time, upTo: Self.batch)
            guard !minutes.isEmpty else { break }
            await write(minutes[...], &round)
            if !round.left.isEmpty || minutes.count < Self.batch { break }
        }
        samples.putBack(round.left)
        settle(round)
    }

    /// Writes minutes, by halves where they are refused together.
    private func write(_ minutes: Minutes, _ round: inout Round) async {
        // It went away a moment ago: what is left waits, and what it took before is not written again.
        guard round.left.isEmpty else { return round.left += minutes }
        do throws(HealthError) {
            let numbers = try await store.numbers(of: minutes.map(\.key.check))
            try await store.write(Array(minutes), numbers: numbers)
            round.hasTaken = true
            memory.tries.withLock { tries in
                guard !tries.isEmpty else { return }
                for (key, _) in minutes { tries[key] = nil }
            }
            return
        } catch {
            guard error.code != .ledgerUnavailable else {
                logger.debug("history waits for the ledger", metadata: ["error": "\(error)"])
                return round.left += minutes
            }
            round.error = error
        }
        guard minutes.count > 1, round.refused.count < Self.mostRefused else {
            let (isAlone, isAboutValues) = (minutes.count == 1, round.error?.isAboutValues ?? false)
            round.refused += minutes.map { key, sample in
                Refusal(key: key, sample: sample, isAlone: isAlone, isAboutValues: isAboutValues)
            }
            return
        }
        let middle = minutes.startIndex + minutes.count / 2
        await write(minutes[..<middle], &round)
        await write(minutes[middle...], &round)
    }

    /// Puts back what was refused, until it was tried often enough.
    private func settle(_ round: Round) {
        guard !round.refused.isEmpty else { return }
        let lost = memory.tries.withLock { tries in
            var lost: Set<MinuteSample.Key> = []
            // A right that is missing, or a day without a partition, may pass: where nothing was taken nothing is counted.
            for refusal in round.refused where round.hasTaken || refusal.isAboutValues {
                // What many that are refused together have in common may pass too.
                let most = refusal.isAlone ? Self.mostTries : Self.mostTries * 10
                tries[refusal.key, default: 0] += 1
                guard tries[refusal.key, default: 0] >= most else { continue }
                tries[refusal.key] = nil
                lost.insert(refusal.key)
            }
            return lost
        }
        samples.putBack(round.refused.filter { !lost.contains($0.key) }.map { ($0.key, $0.sample) })
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

extension HealthError {
    /// Whether the ledger refused what a row holds: a value, or a constraint other than that of a day without a partition.
    fileprivate var isAboutValues: Bool {
        guard let state = cause?.sqlState else { return false }
        return state.hasPrefix("22") || state.hasPrefix("23") && state != "23514"
    }
}
