// SPDX-License-Identifier: Apache-2.0
// Martlet: whether each store answers, for metrics and health.

internal import Logging
internal import ObjectStore
internal import Platform
internal import Resilience
internal import ServiceLifecycle
internal import Synchronization

/// Asks each store every ten seconds, by itself, and shows whether it answered.
final class StoreWatch: Service {
    private let context: RunContext
    private let registry: MetricsRegistry
    private let places = Mutex<Set<String>>([])
    private static let pause: Duration = .seconds(10)
    /// A store that takes longer does not answer: those who try again for minutes are no help to who asks about them.
    private static let patience: Duration = .seconds(5)

    init(_ context: RunContext, _ registry: MetricsRegistry) {
        self.context = context
        self.registry = registry
    }

    /// The places of those that did not answer when they were last asked, sorted.
    var away: [String] { places.withLock { $0.sorted() } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for store in self.context.store.copies { group.addTask { await self.watch(store) } }
            }
        }
    }

    private func watch(_ store: any ObjectStore) async {
        while !Task.isCancelled {
            let problem = await Self.problem(store)
            guard !Task.isCancelled else { return }
            note(store.place, problem)
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Why a store does not answer; nil when it does.
    private static func problem(_ store: any ObjectStore) async -> String? {
        do {
            try await withDeadline(.after(patience)) { _ = try await store.list(prefix: "", after: nil, limit: 1) }
            return nil
        } catch {
            return (error as? ObjectStoreError)?.message ?? "no answer within \(patience)"
        }
    }

    private func note(_ place: String, _ problem: String?) {
        registry.gauge("martlet_backup_store_up", help: "Whether the store answers.", labels: [("store", place)])
            .set(problem == nil ? 1 : 0)
        let wasUp = places.withLock { places in
            problem == nil ? places.remove(place) == nil : places.insert(place).inserted
        }
        if let problem, wasUp {
            context.logger.warning("a store does not answer", metadata: ["store": "\(place)", "error": "\(problem)"])
        } else if problem == nil, !wasUp {
            context.logger.info("a store answers again", metadata: ["store": "\(place)"])
        }
    }
}
