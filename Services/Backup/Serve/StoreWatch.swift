// SPDX-License-Identifier: Apache-2.0
// Martlet: whether each store answers, for metrics.

internal import Logging
internal import ObjectStore
internal import Platform
internal import ServiceLifecycle

/// Asks each store every half a minute, by itself, and shows whether it answered.
struct StoreWatch: Service {
    private let context: RunContext
    private let registry: MetricsRegistry
    private static let pause: Duration = .seconds(30)

    init(_ context: RunContext, _ registry: MetricsRegistry) {
        self.context = context
        self.registry = registry
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for store in context.store.copies { group.addTask { await watch(store) } }
            }
        }
    }

    private func watch(_ store: any ObjectStore) async {
        var wasUp = true
        while !Task.isCancelled {
            let isUp = await look(store, wasUp: wasUp)
            guard !Task.isCancelled else { return }
            registry.gauge(
                "martlet_backup_store_up",
                help: "Whether the store answers.",
                labels: [("store", store.place)]
            ).set(isUp ? 1 : 0)
            wasUp = isUp
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func look(_ store: any ObjectStore, wasUp: Bool) async -> Bool {
        do throws(ObjectStoreError) {
            _ = try await store.list(prefix: "", after: nil, limit: 1)
            if !wasUp { context.logger.info("a store answers again", metadata: ["store": "\(store.place)"]) }
            return true
        } catch {
            if wasUp, error.code != .cancelled {
                context.logger.warning(
                    "a store does not answer",
                    metadata: ["store": "\(store.place)", "error": "\(error.message)"]
                )
            }
            return false
        }
    }
}
