// SPDX-License-Identifier: Apache-2.0
// Martlet: credentials from wherever this process has them, renewed before they end.
internal import NIOHTTP1
internal import Platform
internal import Synchronization

/// Asks the sources in AWS' own order: environment, web identity (IRSA), container (EKS Pod Identity, ECS), instance (EC2).
///
/// The first source that is set up is the one: if it fails, no other is asked. Temporary credentials are renewed five
/// minutes before they end, by one caller at a time; until a minute before the end the old ones serve meanwhile.
///
/// ```swift
/// let credentials = try AWSCredentialChain(region: "eu-central-1")
/// ```
public final class AWSCredentialChain: AWSCredentialProvider {
    /// Time before the end at which renewal begins.
    static let early: Duration = .seconds(300)
    /// Time before the end from which on nobody signs with the old ones any more.
    static let late: Duration = .seconds(60)
    /// Time between failed renewals while the old ones still serve.
    static let pause: Duration = .seconds(15)

    private typealias Renewal = Task<Result<AWSCredentials, ObjectStoreError>, Never>

    private struct State {
        var credentials: AWSCredentials?
        /// Under way; owned by this object, which every caller waits for.
        var renewal: Renewal?
        var failed: Timestamp?
    }

    private let sources: [any AWSCredentialSource]
    private let transport: HTTPTransport?
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// The sources that this process's environment describes.
    ///
    /// - Parameter region: For STS; nil for `AWS_REGION`, and the global STS without that.
    /// - Throws: `.configuration` if no HTTP client can be made.
    public convenience init(region: String? = nil) throws(ObjectStoreError) {
        try self.init(region: region, environment: .process)
    }

    convenience init(
        region: String?,
        environment: AWSEnvironment,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws(ObjectStoreError) {
        let transport: HTTPTransport
        do throws(PlatformError) {
            var timing = HTTPTiming()
            timing.connect = .seconds(2)
            transport = try HTTPTransport(timing, caFile: environment["AWS_CA_BUNDLE"])
        } catch {
            throw ObjectStoreError(.configuration, error.message, place: "AWS credentials", cause: error)
        }
        let near = SourceHTTP(transport: transport, within: .seconds(3), attempts: 3)
        // Outside EC2 nobody answers there: one second is what the wait may cost.
        let instance = SourceHTTP(transport: transport, within: .seconds(1), attempts: 2)
        let far = SourceHTTP(transport: transport, within: .seconds(10), attempts: 4)
        self.init(
            sources: [
                EnvironmentSource(environment: environment),
                WebIdentitySource(environment: environment, http: far, region: region),
                ContainerSource(environment: environment, http: near),
                InstanceSource(environment: environment, http: instance),
            ],
            transport: transport,
            now: now
        )
    }

    init(
        sources: [any AWSCredentialSource],
        transport: HTTPTransport? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.sources = sources
        self.transport = transport
        self.now = now
    }

    deinit { state.withLock { $0.renewal?.cancel() } }

    /// Whether a source is being asked, for tests.
    var isRenewing: Bool { state.withLock { $0.renewal != nil } }

    /// Credentials to sign with now.
    public func current() async throws(ObjectStoreError) -> AWSCredentials {
        let (ready, renewal) = state.withLock { state -> (AWSCredentials?, Renewal?) in
            let time = now()
            let left = state.credentials.map { $0.expires.map { $0 - time } ?? .seconds(86_400) } ?? .zero
            if left > Self.early { return (state.credentials, nil) }
            let ready = left > Self.late ? state.credentials : nil
            if let renewal = state.renewal { return (ready, renewal) }
            // A source that is away must not be asked before every request.
            if ready != nil, let failed = state.failed, time - failed < Self.pause { return (ready, nil) }
            let renewal = Renewal { [weak self] in await self?.renew() ?? .failure(Self.closed) }
            state.renewal = renewal
            return (ready, renewal)
        }
        if let ready { return ready }
        guard let renewal else { throw Self.closed }
        // The renewal serves all callers: one who is cancelled does not end it, and waits no longer than its deadlines.
        let result = await renewal.value
        guard !Task.isCancelled else { throw Self.error(.cancelled, "the caller was cancelled") }
        return try result.get()
    }

    /// Has the next caller ask anew, unless that was done already.
    public func forget(_ credentials: AWSCredentials) {
        state.withLock { state in
            // Those of the environment would come back the same.
            if state.credentials == credentials, credentials.expires != nil { state.credentials = nil }
        }
    }

    private func renew() async -> Result<AWSCredentials, ObjectStoreError> {
        let result: Result<AWSCredentials, ObjectStoreError>
        do throws(ObjectStoreError) { result = .success(try await ask()) } catch { result = .failure(error) }
        state.withLock { state in
            state.renewal = nil
            switch result {
            case .success(let credentials): (state.credentials, state.failed) = (credentials, nil)
            case .failure: state.failed = now()
            }
        }
        return result
    }

    private func ask() async throws(ObjectStoreError) -> AWSCredentials {
        var tried: [String] = []
        for source in sources {
            do throws(AWSSourceTrouble) {
                switch try await source.ask() {
                case .credentials(let credentials): return credentials
                case .notSetUp(let reason): tried.append("\(source.name) (\(reason))")
                }
            } catch {
                let code: ObjectStoreError.Code = error.isTransient ? .unavailable : .denied
                throw Self.error(code, "the source '\(source.name)' fails: \(error.message)")
            }
        }
        throw Self.error(.denied, "there are none; tried: \(tried.joined(separator: ", "))")
    }

    private static let closed = error(.cancelled, "they are not asked for any more")

    private static func error(_ code: ObjectStoreError.Code, _ message: String) -> ObjectStoreError {
        ObjectStoreError(code, message, place: "AWS credentials")
    }
}
