// SPDX-License-Identifier: Apache-2.0
// Martlet: makes the handlers of the kinds that every worker has.
internal import Jobs
internal import Platform
internal import Logging
internal import NIOCore
internal import Resilience

/// The handlers of `http.request`, `noop`, `sleep` and `fail`, and what they hold open.
struct BuiltInKinds: Sendable {
    let handlers: [any JobHandler]
    private let clients: ClientPool
    private let resolver: SystemNameResolver

    /// Makes the handlers; call ``shutdown()`` when no job runs any more and before the event loops end.
    static func makeHandlers(
        settings: BuiltInKindsSettings,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) -> BuiltInKinds {
        if settings.allowsCrash {
            logger.warning("jobs may end this process (MARTLET_ALLOW_CRASH_JOBS); never set this in production")
        }
        let resolver = SystemNameResolver()
        let clients = ClientPool(
            eventLoopGroup: eventLoopGroup,
            tls: TrustedCertificates.configuration(adding: settings.certificates),
            connectTimeout: settings.connectTimeout,
            connectionsPerHost: settings.connectionsPerHost
        )
        let http = HTTPRequestHandler(
            policy: settings.policy,
            secrets: settings.secrets,
            book: AddressBook(resolver: resolver, timeToLive: settings.nameTimeToLive),
            clients: clients,
            breakers: HostBreakers(),
            now: { .now() }
        )
        return BuiltInKinds(
            handlers: [http, NoopHandler(), SleepHandler(), FailHandler(allowsCrash: settings.allowsCrash)],
            clients: clients,
            resolver: resolver
        )
    }

    /// Closes connections and ends the resolver's threads.
    func shutdown() async {
        await clients.shutdown()
        await resolver.shutdown()
    }
}
