// SPDX-License-Identifier: Apache-2.0
// Martlet: one circuit breaker for each origin, so that a dead receiver costs neither slots nor attempts.
internal import Jobs
internal import Platform
internal import Resilience
internal import Synchronization

/// The breakers of the origins used last.
final class HostBreakers: Sendable {
    /// The pause when a breaker can't say how long it stays closed to calls: while its trial calls are out.
    static let trialPause: Duration = .seconds(5)

    private let configuration: CircuitBreakerConfiguration
    private let breakers: Mutex<RecentValues<HTTPOrigin, CircuitBreaker>>

    init(configuration: CircuitBreakerConfiguration = HostBreakers.standard, capacity: Int = 256) {
        self.configuration = configuration
        breakers = Mutex(RecentValues(capacity: capacity))
    }

    /// Slow answers are no fault here, and trials may take as long as a request may.
    static var standard: CircuitBreakerConfiguration {
        var configuration = CircuitBreakerConfiguration()
        configuration.slowCallRatio = 2
        configuration.openDuration = .seconds(2)
        configuration.maximumOpenDuration = .seconds(120)
        configuration.halfOpenTimeout = HTTPRequestArguments.timeouts.upperBound + .seconds(10)
        return configuration
    }

    func breaker(for origin: HTTPOrigin) -> CircuitBreaker {
        breakers.withLock { breakers in
            if let breaker = breakers.value(for: origin) { return breaker }
            let breaker = CircuitBreaker(name: origin.description, configuration: configuration)
            // A breaker that is dropped is forgotten, which only means that it starts closed again.
            _ = breakers.insert(breaker, for: origin) { _ in true }
            return breaker
        }
    }

    /// A permit for one request; throws a snooze while the breaker is open.
    func permit(_ breaker: CircuitBreaker) throws(JobSnooze) -> CircuitBreaker.Permit {
        do {
            return try breaker.permit()
        } catch {
            // Jobs that were put off together must not come back together.
            let pause = max(error.retryAfter ?? Self.trialPause, .milliseconds(100))
            throw JobSnooze(delay: pause + pause * Double.random(in: 0...0.5))
        }
    }
}
