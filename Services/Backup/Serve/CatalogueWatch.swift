// SPDX-License-Identifier: Apache-2.0
// Martlet: looks into the store from time to time, for the metrics.

internal import Logging
internal import Platform
internal import Recovery
internal import ServiceLifecycle

/// Shows what the store has each minute; a store that is away leaves what was shown last.
struct CatalogueWatch: Service {
    private let context: RunContext
    private let registry: MetricsRegistry
    private static let pause: Duration = .seconds(60)

    init(_ context: RunContext, _ registry: MetricsRegistry) {
        self.context = context
        self.registry = registry
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func look() async {
        do throws(RecoveryError) {
            for listing in try await ListRun(context).listings() {
                BackupMetrics(registry, system: listing.system).show(listing)
            }
        } catch {
            context.logger.warning("the store can't be looked at", metadata: ["error": "\(error)"])
        }
    }
}
