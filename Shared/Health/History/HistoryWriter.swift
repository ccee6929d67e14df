// SPDX-License-Identifier: Apache-2.0
// Martlet: writes findings to the ledger, minute by minute.

internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Writes the minutes that ended. What can't be written waits within the buffer's bound; what is open at the end is written then.
struct HistoryWriter: Service {
    /// Minutes of checks in one statement.
    static let batch = 2_000

    let samples: SampleBuffer
    let store: HealthStore
    let logger: Logger

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

    private func write(endedBefore time: Timestamp) async {
        while true {
            let minutes = samples.take(endedBefore: time, upTo: Self.batch)
            guard !minutes.isEmpty else { return }
            do throws(HealthError) {
                let numbers = try await store.numbers(of: minutes.map(\.key.check))
                try await store.write(minutes, numbers: numbers)
            } catch {
                samples.putBack(minutes)
                logger.debug("history waits for the ledger", metadata: ["error": "\(error)"])
                return
            }
            if minutes.count < Self.batch { return }
        }
    }
}
