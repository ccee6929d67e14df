// SPDX-License-Identifier: Apache-2.0
// Martlet: HTTP clients that can only connect to the one address that was vetted for them.
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOSSL
internal import Platform
internal import Synchronization

/// One client for each origin and address, made on demand and dropped when unused for longest.
///
/// The client's `dnsOverride` pins the host to the address, so it never looks the name up a second time (DNS rebinding), while server
/// name indication, certificate check and Host header still see the name. The override matches the host's text exactly; ``TargetURL``
/// has made sure that this is the text in the URL.
final class ClientPool: Sendable {
    struct Key: Hashable {
        let origin: HTTPOrigin
        let address: IPAddress
    }

    /// No new requests: the worker ends.
    struct Closed: Error {}

    private struct Entry {
        let client: HTTPClient
        var users = 0
    }

    private struct State {
        var entries: RecentValues<Key, Entry>
        var retiring: [Int: EventLoopFuture<Void>] = [:]
        var retired = 0
        var isClosed = false
    }

    private let eventLoopGroup: any EventLoopGroup
    private let base: HTTPClient.Configuration
    private let state: Mutex<State>

    init(
        eventLoopGroup: any EventLoopGroup,
        tls: TLSConfiguration,
        connectTimeout: Duration,
        connectionsPerHost: Int,
        capacity: Int = 256
    ) {
        self.eventLoopGroup = eventLoopGroup
        var base = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connectTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(60),
                concurrentHTTP1ConnectionsPerHostSoftLimit: connectionsPerHost
            ),
            decompression: .disabled
        )
        // A refused connection is an answer; the job's own retries are the place for patience.
        base.connectionPool.retryConnectionEstablishment = false
        // A call has a span of ours already; the client's own would show the whole address, with what is secret in it.
        base.tracing.tracer = nil
        self.base = base
        state = Mutex(State(entries: RecentValues(capacity: capacity)))
    }

    /// Runs `body` with the client for an origin at an address; throws ``Closed`` after ``shutdown()``.
    func withClient<Value: Sendable>(
        _ origin: HTTPOrigin,
        at address: IPAddress,
        _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let key = Key(origin: origin, address: address)
        let client = try acquire(key)
        defer { release(key) }
        return try await body(client)
    }

    /// How many clients there are, for tests and metrics.
    var count: Int { state.withLock { $0.entries.count } }

    /// Closes all connections and waits until they are closed; call it when no request runs any more.
    func shutdown() async {
        let clients = state.withLock { state in
            state.isClosed = true
            return state.entries.removeAll().map(\.client)
        }
        retire(clients)
        // A client's shutdown only fails when it was shut down before, and each leaves the table before it is.
        for future in state.withLock({ Array($0.retiring.values) }) { try? await future.get() }
    }

    private func acquire(_ key: Key) throws(Closed) -> HTTPClient {
        let (client, dropped) = state.withLock { state -> (HTTPClient?, [HTTPClient]) in
            guard !state.isClosed else { return (nil, []) }
            if let entry = state.entries.value(for: key) {
                state.entries.update(key) { $0.users += 1 }
                return (entry.client, [])
            }
            let client = makeClient(key)
            let dropped = state.entries.insert(Entry(client: client, users: 1), for: key, canDrop: { $0.users == 0 })
            return (client, dropped.map(\.client))
        }
        retire(dropped)
        guard let client else { throw Closed() }
        return client
    }

    private func release(_ key: Key) {
        state.withLock { $0.entries.update(key) { $0.users -= 1 } }
    }

    private func makeClient(_ key: Key) -> HTTPClient {
        var configuration = base
        let host = key.origin.host
        if key.origin.literal == nil {
            configuration.dnsOverride = [host: key.address.description]
            if key.origin.isSecure {
                configuration.http1_1ConnectionDebugInitializer = { CertificateName.verify($0, host: host) }
                configuration.http2ConnectionDebugInitializer = { CertificateName.verify($0, host: host) }
            }
        }
        return HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
    }

    /// Outside the lock, for a future may call back at once.
    private func retire(_ clients: [HTTPClient]) {
        for client in clients {
            let future: EventLoopFuture<Void> = client.shutdown()
            let number = state.withLock { state in
                state.retired += 1
                state.retiring[state.retired] = future
                return state.retired
            }
            future.whenComplete { [weak self] _ in
                self?.state.withLock { $0.retiring[number] = nil }
            }
        }
    }
}

extension TimeAmount {
    /// The same span to the nanosecond; durations here are minutes at most.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
