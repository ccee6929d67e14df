// SPDX-License-Identifier: Apache-2.0
// Martlet: keeps this aggregator's lease, and finds out who looks at what and who decides.

internal import Logging
internal import Platform
public import ServiceLifecycle
internal import Synchronization

/// Keeps the lease and the lead.
///
/// Members renew their leases every 2.5 s for 9 s: one that dies is missed within 11.5 s, and its checks are looked at by others. Without the ledger the
/// members stay those that were known, and the first of them that answers decides: the one that led, then by age. Whoever reaches the ledger goes first.
public final class Coordinator: Service {
    /// How long a lease lasts.
    static let term: Duration = .seconds(9)
    static let pause: Duration = .milliseconds(2_500)

    private struct State {
        var role = Role.starting
        var members: [Aggregator] = []
        var reachesLedger = false
        var leader: Int64?
        /// Shown to others while the ledger is away; read from it before.
        var token: String?
        /// The members that answered while it is away.
        var answering: [Aggregator]?
    }

    /// This aggregator.
    public let identity: Aggregator
    private let store: HealthStore
    private let checks: @Sendable () -> Int
    private let askPeer: @Sendable (Aggregator, String) async -> PeerStatus?
    private let onNews: @Sendable ([Observation]) -> Void
    private let onChange: @Sendable ([Aggregator]) -> Void
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates a coordinator.
    ///
    /// - Parameters:
    ///   - checks: How many checks this aggregator looks at, for the register.
    ///   - askPeer: Asks another aggregator for its status, within a second, showing it the token; nil when it does not answer.
    ///   - onNews: Called with what the others believe, while they can't say it through the ledger.
    ///   - onChange: Called with the members at each look; first with this one alone.
    init(
        identity: Aggregator,
        store: HealthStore,
        logger: Logger,
        checks: @escaping @Sendable () -> Int,
        askPeer: @escaping @Sendable (Aggregator, String) async -> PeerStatus?,
        onNews: @escaping @Sendable ([Observation]) -> Void,
        onChange: @escaping @Sendable ([Aggregator]) -> Void
    ) {
        self.identity = identity
        self.store = store
        self.logger = logger
        self.checks = checks
        self.askPeer = askPeer
        self.onNews = onNews
        self.onChange = onChange
    }

    /// What this aggregator may decide.
    public var role: Role { state.withLock { $0.role } }
    /// All that are alive, as far as is known.
    public var members: [Aggregator] {
        let known = state.withLock { $0.answering ?? $0.members }
        return known.isEmpty ? [identity] : known
    }
    /// Who decides, by its identity.
    public var leader: Int64? {
        state.withLock { state in state.role.decides ? identity.id : state.leader }
    }
    /// What this aggregator tells anybody.
    public var status: PeerStatus {
        PeerStatus(id: "\(identity.id)", reachesLedger: state.withLock { $0.reachesLedger })
    }
    /// Whether somebody knows the aggregators' token.
    func isPeer(_ token: String?) -> Bool {
        guard let known = state.withLock({ $0.token }), let token else { return false }
        return HealthConfiguration.isEqual(Secret(known), token)
    }

    /// Gives the lead up: somebody else has it already.
    func stepDown() {
        state.withLock { if case .leading = $0.role { $0.role = .following } }
    }

    /// Renews until graceful shutdown, then leaves.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                // Without the ledger the others' news come this way, and should come soon.
                let pause = self.state.withLock { $0.reachesLedger } ? Self.pause : .seconds(1)
                try? await Task.sleep(for: pause)
            }
        }
        do { try await store.leave(identity.id) } catch {
            logger.debug("the aggregator left without saying so", metadata: ["error": "\(error)"])
        }
    }

    private func look() async {
        var own = identity
        own.checks = checks()
        do throws(HealthError) {
            let members = try await store.renew(own, for: Self.term)
            let lead = try await store.lead(identity.id, for: Self.term)
            let leader = lead == nil ? try await store.leader() : lead
            if state.withLock({ $0.token == nil }) {
                let token = try await store.peerToken()
                state.withLock { $0.token = token }
            }
            let before = state.withLock { state in
                defer {
                    state.members = members
                    state.answering = nil
                    state.reachesLedger = true
                    state.leader = leader?.owner
                    state.role = lead.map(Role.leading) ?? .following
                }
                return state.role
            }
            if before != role { logger.info("the role changed", metadata: ["role": "\(role.name)"]) }
            onChange(members)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("the aggregator's lease was not renewed", metadata: ["error": "\(error)"])
            state.withLock { $0.reachesLedger = false }
            await decideWithoutLedger()
            onChange(members)
        }
    }

    /// Whoever comes first of those that answer decides.
    private func decideWithoutLedger() async {
        let (known, leader, token) = state.withLock { ($0.members, $0.leader, $0.token ?? "") }
        let order = known.filter { $0.id == leader } + known.filter { $0.id != leader }
        let answers = await withTaskGroup(of: (Int64, PeerStatus?).self) { group in
            for member in order where member.id != identity.id {
                group.addTask { (member.id, await self.askPeer(member, token)) }
            }
            var answers: [Int64: PeerStatus] = [:]
            for await (id, status) in group { answers[id] = status }
            return answers
        }
        onNews(answers.values.flatMap { $0.observations ?? [] }.map(\.observation))
        var mayAct = true
        // One that reaches the ledger goes before all others, wherever it stands.
        var isPassed = false
        for member in order {
            if member.id == identity.id {
                isPassed = true
            } else if let status = answers[member.id], status.reachesLedger || !isPassed {
                mayAct = false
            }
        }
        state.withLock { state in
            state.answering = known.filter { $0.id == identity.id || answers[$0.id] != nil }
            state.role = mayAct ? .acting : .following
        }
    }
}
