// SPDX-License-Identifier: Apache-2.0
// Martlet: something tiny is committed at intervals, so that there is always a commit of lately.

internal import Logging
internal import Platform
internal import Postgres
internal import Recovery
internal import ServiceLifecycle

/// Lights a ``Beacon`` at each interval; without a database that can be asked there is none, and no run fails for it.
struct BeaconRun: Service {
    private let context: RunContext
    private static let pause: Duration = .seconds(10)

    init(_ context: RunContext) { self.context = context }

    /// Whether there is an interval, and a database to light it in.
    var isOn: Bool { context.settings.drill.beacon != nil && context.settings.database != nil }

    /// Goes on until graceful shutdown or cancellation.
    func run() async throws {
        await cancelWhenGracefulShutdown { await self.shine() }
    }

    /// Shines while `body` runs.
    func during<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let outcome = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                await shine()
                return nil
            }
            while let ended = await group.next() {
                guard let ended else { continue }
                group.cancelAll()
                return ended
            }
            return .failure(RecoveryError(.internal, "a run had no end"))
        }
        return try outcome.get()
    }

    /// Until it is cancelled.
    private func shine() async {
        guard let interval = context.settings.drill.beacon, var database = context.settings.database else { return }
        database.applicationName = "martlet-beacon"
        let loop = EventLoop(name: "beacon")
        defer { loop.shutdown() }
        var isTold = false
        while !Task.isCancelled {
            do {
                try await PostgresSession.lend(database, on: loop) { session throws(RecoveryError) in
                    try await Beacon(every: interval).run(session)
                }
                .get()
            } catch {
                guard !Task.isCancelled else { return }
                if !isTold { context.logger.warning("there is no beacon", metadata: ["error": "\(error)"]) }
                isTold = true
            }
            try? await Task.sleep(for: Self.pause)
        }
    }
}
