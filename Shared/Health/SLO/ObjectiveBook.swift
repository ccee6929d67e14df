// SPDX-License-Identifier: Apache-2.0
// Martlet: counts the events of objectives and works out where they stand.

internal import Logging
internal import Platform
public import ServiceLifecycle
internal import Synchronization

/// Counts findings into objectives as they come, and asks Prometheus for the others.
public final class ObjectiveBook: Service {
    private struct State {
        var definitions: [ObjectiveDefinition] = []
        /// Which objectives a check counts for, and below which latency a finding is good.
        var byCheck: [String: [(id: String, below: Duration?)]] = [:]
        var events: [String: [Int64: EventCounts]] = [:]
        var statuses: [ObjectiveStatus] = []
        var asked: [String: Int64] = [:]
    }

    /// The most minutes that wait for the ledger.
    static let limit = 10_000

    private let store: HealthStore
    private let resources: ProbeResources
    private let isLeading: @Sendable () -> Bool
    private let logger: Logger
    private let state = Mutex(State())

    init(store: HealthStore, resources: ProbeResources, logger: Logger, isLeading: @escaping @Sendable () -> Bool) {
        self.store = store
        self.resources = resources
        self.logger = logger
        self.isLeading = isLeading
    }

    func load(_ definitions: [ObjectiveDefinition]) {
        state.withLock { state in
            state.definitions = definitions
            state.byCheck = [:]
            for definition in definitions {
                switch definition.indicator {
                case .availability(let checks):
                    for check in checks { state.byCheck[check, default: []].append((definition.id, nil)) }
                case .latency(let checks, let below):
                    for check in checks { state.byCheck[check, default: []].append((definition.id, below)) }
                case .prometheus: break
                }
            }
            let known = Set(definitions.map(\.id))
            state.statuses.removeAll { !known.contains($0.definition.id) }
        }
    }

    /// Where the objectives stand, in the order of the configuration.
    public var statuses: [ObjectiveStatus] { state.withLock { $0.statuses } }

    /// Counts a finding.
    func count(_ finding: MinuteSample.Finding, of check: String) {
        guard finding.status != .unknown else { return }
        let served = finding.status == .up || finding.status == .degraded
        let minute = finding.at.microseconds - finding.at.microseconds % MinuteSample.length
        state.withLock { state in
            for (id, below) in state.byCheck[check] ?? [] {
                // A latency objective counts what answered; what did not is the availability's business.
                if below != nil, !served { continue }
                let isGood = below.map { finding.latency <= $0 } ?? served
                var counts = EventCounts(good: isGood ? 1 : 0, total: 1)
                if !finding.isInMaintenance { (counts.keptGood, counts.keptTotal) = (counts.good, 1) }
                Self.add(counts, to: id, minute, &state)
            }
        }
    }

    private static func add(_ counts: EventCounts, to id: String, _ minute: Int64, _ state: inout State) {
        if state.events[id]?[minute] == nil, state.events.values.reduce(0, { $0 + $1.count }) >= limit { return }
        state.events[id, default: [:]][minute, default: EventCounts()] += counts
    }

    /// Counts until graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.askPrometheus()
                await self.write()
                await self.refresh()
                try? await Task.sleep(for: .seconds(15))
            }
        }
        await write()
    }

    func write() async {
        let events = state.withLock { state in
            defer { state.events = [:] }
            return state.events.flatMap { id, minutes in
                minutes.map { (objective: id, minute: Timestamp(microseconds: $0.key), counts: $0.value) }
            }
        }
        guard !events.isEmpty else { return }
        do throws(HealthError) { try await store.add(events) } catch {
            logger.debug("the objectives' events wait for the ledger", metadata: ["error": "\(error)"])
            state.withLock { state in
                for event in events { Self.add(event.counts, to: event.objective, event.minute.microseconds, &state) }
            }
        }
    }

    private func refresh() async {
        let (definitions, now) = (state.withLock { $0.definitions }, Timestamp.now())
        var statuses: [ObjectiveStatus] = []
        for definition in definitions {
            do throws(HealthError) {
                let spans = ObjectiveStatus.spans(of: definition)
                let events = try await store.events(of: definition.id, within: spans, until: now)
                statuses.append(ObjectiveStatus(definition, events: events, at: now))
            } catch {
                logger.debug("an objective was not worked out", metadata: ["error": "\(error)"])
                return
            }
        }
        state.withLock { $0.statuses = statuses }
    }

    /// Each minute that ended is asked for once, by the one who leads.
    private func askPrometheus() async {
        guard isLeading() else { return }
        let minute = Timestamp.now().microseconds / MinuteSample.length * MinuteSample.length
        for definition in state.withLock({ $0.definitions }) {
            guard case .prometheus(let url, let good, let total) = definition.indicator,
                state.withLock({ $0.asked[definition.id] ?? 0 }) < minute
            else { continue }
            async let goodEvents = ask(url, good)
            async let allEvents = ask(url, total)
            // A question that failed is asked again within the minute.
            guard let goodCount = await goodEvents, let all = await allEvents else { continue }
            state.withLock { $0.asked[definition.id] = minute }
            // More than a Double counts exactly, or less good than nothing, is a wrong expression.
            guard all > 0, all < 9e15, (0...all).contains(goodCount) else {
                if all != 0 {
                    logger.warning("an objective's events make no sense", metadata: ["objective": "\(definition.id)"])
                }
                continue
            }
            let counts = EventCounts(
                good: Int(goodCount.rounded()),
                total: Int(all.rounded()),
                keptGood: Int(goodCount.rounded()),
                keptTotal: Int(all.rounded())
            )
            state.withLock { Self.add(counts, to: definition.id, minute - MinuteSample.length, &$0) }
        }
    }

    private func ask(_ url: String, _ expression: String) async -> Double? {
        let query = expression.replacing("$window", with: "1m")
        guard let probe = try? PrometheusProbe(.init(url: url, query: query), resources: resources) else { return nil }
        let result = await probe.run(timeout: .seconds(5))
        return result.status == .up ? result.value.flatMap { $0.isFinite ? $0 : nil } : nil
    }
}
