// SPDX-License-Identifier: Apache-2.0
// Martlet: start, shutdown and exit codes, each in a process of its own because signals belong to the process.
import Glibc
import Logging
import ServiceLifecycle
import Testing

@testable import Platform

@Suite struct BootstrapTests {
    struct Broken: Error {}

    /// Serves until the shutdown, then works for a while, however it is told to stop.
    struct Server: Service {
        var linger: Duration = .zero

        func run() async throws {
            try? await gracefulShutdown()
            let end = ContinuousClock.now + linger
            while ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)); await Task.yield() }
        }
    }

    static func run(
        _ services: [any Service],
        graceful: Duration = .seconds(600),
        cancellation: Duration = .milliseconds(100),
        drain: Duration = .zero,
        whenReady: @escaping @Sendable (Lifecycle) async throws -> Void
    ) async throws -> Lifecycle {
        let lifecycle = Lifecycle()
        let settings = ShutdownSettings(gracefulTimeout: graceful, cancellationTimeout: cancellation, drainDelay: drain)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let bootstrap = ServiceBootstrap(services: services, logger: logger, settings: settings, lifecycle: lifecycle)
        try await bootstrap.run {
            lifecycle.advance(to: .ready)
            try await whenReady(lifecycle)
        }
        return lifecycle
    }

    @Test func oneSignalEndsInOrderWithZero() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let lifecycle = try await BootstrapTests.run([Server()], drain: .milliseconds(50)) { lifecycle in
                kill(getpid(), SIGTERM)
                while lifecycle.phase != .draining { await Task.yield() }
            }
            exit(lifecycle.phase == .stopped ? 0 : 9)
        }
    }

    /// A start that waits for something is not waited for: the time until 75 is never used up.
    @Test func aSignalEndsAStartThatIsUnderWay() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let lifecycle = try await BootstrapTests.run([Server()]) { _ in
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .seconds(600))
            }
            exit(lifecycle.phase == .stopped ? 0 : 9)
        }
    }

    @Test func aSecondSignalExitsAtOnce() async {
        await #expect(processExitsWith: .exitCode(143)) {
            _ = try await BootstrapTests.run([Server(linger: .seconds(600))], graceful: .seconds(600)) { lifecycle in
                kill(getpid(), SIGINT)
                while lifecycle.phase != .draining { await Task.yield() }
                kill(getpid(), SIGTERM)
            }
            exit(9)
        }
    }

    @Test func aShutdownThatTakesTooLongExitsWith75() async {
        await #expect(processExitsWith: .exitCode(75)) {
            _ = try await BootstrapTests.run([Server(linger: .seconds(600))], graceful: .milliseconds(100)) { _ in
                kill(getpid(), SIGTERM)
            }
            exit(9)
        }
    }

    @Test func aFailingServiceBringsTheOthersDownAndItsErrorOut() async {
        await #expect(processExitsWith: .exitCode(7)) {
            do {
                _ = try await BootstrapTests.run([Server()]) { _ in throw Broken() }
            } catch is Broken {
                exit(7)
            }
            exit(9)
        }
    }

    @Test func aBrokenPipeIsNoDeath() async {
        await #expect(processExitsWith: .exitCode(3)) {
            _ = try await BootstrapTests.run([Server()]) { _ in
                var ends: [Int32] = [0, 0]
                pipe(&ends)
                close(ends[0])
                let count = write(ends[1], "x", 1)
                exit(count == -1 && errno == EPIPE ? 3 : 9)
            }
        }
    }

    @Test func theLifecycleOnlyMovesForwards() {
        let lifecycle = Lifecycle()
        let tally = Tally()
        lifecycle.observe { _ in tally.add() }
        #expect(!lifecycle.isReady)
        #expect(lifecycle.advance(to: .ready))
        #expect(lifecycle.isReady && lifecycle.hasStarted)
        #expect(lifecycle.advance(to: .draining))
        #expect(!lifecycle.advance(to: .ready))
        #expect(!lifecycle.isReady && lifecycle.hasStarted)
        #expect(lifecycle.phase == .draining)
        #expect(tally.count == 2)
    }

    @Test func theDrainDelayMustFitIntoTheShutdown() {
        let reader = SettingsReader(arguments: ["x"], environment: ["MARTLET_DRAIN_DELAY": "PT30S"])
        _ = ShutdownSettings(reader)
        let error = #expect(throws: PlatformError.self) { try reader.finish() }
        #expect(error?.problems.map(\.key) == ["MARTLET_DRAIN_DELAY"])
    }
}
