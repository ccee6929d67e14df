// SPDX-License-Identifier: Apache-2.0
// Martlet: tests of the server on a real socket: deadlines, 100-continue, closing, draining.

import Logging
import Platform
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct ServerTests {
    /// Runs a server for the time of a test, and shuts it down gracefully.
    private func serving(_ fixture: WebFixture, _ body: @Sendable (Int, ServiceGroup) async throws -> Void) async throws
    {
        var configuration = ServiceGroupConfiguration(services: [fixture.service], logger: Logger(label: "test"))
        configuration.maximumGracefulShutdownDuration = patience * 2
        let group = ServiceGroup(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = try #require(await fixture.service.port())
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body(port, group)) } catch { outcome = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }

    @Test func aProgramCanBeAskedWhetherItIsReady() async throws {
        let fixture = WebFixture(isReady: false)
        try await serving(fixture) { port, _ in
            for bind in ["127.0.0.1", "0.0.0.0", "localhost"] {
                let question = ReadinessQuestion(HTTPServiceSettings(port: port, bind: bind))
                let early = await #expect(throws: NotReady.self) { try await question.ask(within: patience) }
                #expect(early?.description.contains("/health/ready answers 503: ") == true)
            }
            fixture.lifecycle.advance(to: .ready)
            try await ReadinessQuestion(HTTPServiceSettings(port: port)).ask(within: patience)
        }
        let nobody = ReadinessQuestion(HTTPServiceSettings(port: try ClusterPort.free()))
        let refused = await #expect(throws: NotReady.self) { try await nobody.ask(within: .milliseconds(300)) }
        #expect(refused?.description.contains("does not answer") == true)
        // Somebody who takes the connection and says nothing.
        let silent = try SilentListener()
        let question = ReadinessQuestion(HTTPServiceSettings(port: silent.port))
        let late = await #expect(throws: NotReady.self) { try await question.ask(within: .milliseconds(200)) }
        #expect(late?.description.contains("does not answer") == true)
    }

    @Test func aRequestThatTricklesIsEnded() async throws {
        try await serving(WebFixture(bodyTimeout: .milliseconds(300))) { port, _ in
            let connection = try RawConnection(port: port)
            try connection.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nabc"
            )
            let answer = try await connection.receive(until: "\r\n\r\n{")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test func aTooLargeBodyIsRefusedBeforeItComes() async throws {
        try await serving(WebFixture()) { port, _ in
            let connection = try RawConnection(port: port)
            try connection.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"
            )
            let answer = try await connection.receive(until: "too-large")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            // The rest may still be on its way: it must not destroy the answer, and the connection must end.
            try? connection.send(String(repeating: "x", count: 4_000))
            #expect(try await connection.receive(until: "never").contains("HTTP/1.1") == false)
        }
    }

    @Test func chunkedBodiesAreBoundedToo() async throws {
        try await serving(WebFixture()) { port, _ in
            let connection = try RawConnection(port: port)
            try connection.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            for _ in 0..<3 { try connection.send("1f4\r\n" + String(repeating: "y", count: 500) + "\r\n") }
            #expect(try await connection.receive(until: "too-large").hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func continueIsSaidToThoseWhoWait() async throws {
        try await serving(WebFixture()) { port, _ in
            let connection = try RawConnection(port: port)
            try connection.send(
                "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            #expect(try await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            try connection.send("hello")
            let answer = try await connection.receive(until: "hello")
            #expect(answer.contains("HTTP/1.1 200 "))
        }
    }

    @Test func keepAliveServesManyAndPipelined() async throws {
        try await serving(WebFixture()) { port, _ in
            let connection = try RawConnection(port: port)
            for id in 1...5 {
                try connection.send("GET /things/\(id) HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.receive(until: "}").contains("{\"id\":\"\(id)\"}"))
            }
            try connection.send(String(repeating: "GET /things/9 HTTP/1.1\r\nHost: x\r\n\r\n", count: 3))
            var text = ""
            while text.components(of: "{\"id\":\"9\"}") < 3 { text += try await connection.receive() }
        }
    }

    @Test func garbageIsRefusedAndTheServerLives() async throws {
        try await serving(WebFixture()) { port, _ in
            for garbage in [
                "\u{0}\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            ] {
                let connection = try RawConnection(port: port)
                try connection.send(garbage)
                let answer = try await connection.receive(until: "\r\n\r\n")
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), "\(garbage.debugDescription)")
            }
            let connection = try RawConnection(port: port)
            try connection.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await connection.receive(until: "}").contains("200"))
        }
    }

    @Test func idleConnectionsEnd() async throws {
        try await serving(WebFixture(idleTimeout: .seconds(3))) { port, _ in
            let connection = try RawConnection(port: port)
            try connection.send("GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.receive(until: "}")
            #expect(try await connection.receive() == "")
        }
    }

    @Test func drainingLosesNoRequest() async throws {
        let fixture = WebFixture()
        try await serving(fixture) { port, group in
            let slow = try RawConnection(port: port)
            let idle = try RawConnection(port: port)
            let busy = try RawConnection(port: port)
            try busy.send("GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await !busy.receive(until: "}").lowercased().contains("connection: close"))

            fixture.lifecycle.advance(to: .draining)
            // Still served, but told to leave; and the connection does end.
            try busy.send("GET /things/2 HTTP/1.1\r\nHost: x\r\n\r\n")
            let last = try await busy.receive(until: "}")
            #expect(last.contains("200") && last.lowercased().contains("connection: close"))
            #expect(try await busy.receive() == "")
            // New connections are still welcome during the delay.
            let late = try RawConnection(port: port)
            try late.send("GET /things/3 HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try await late.receive(until: "}").contains("200"))

            try slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            let inFlight = fixture.metrics.gauge("martlet_http_requests_in_flight", help: "")
            while inFlight.value < 1 { try await Task.sleep(for: .milliseconds(1)) }
            await group.triggerGracefulShutdown()
            #expect(try await slow.receive(until: "done").contains("200"))
            #expect(try await idle.receive() == "")
        }
    }

    /// A request that leaves the client just as the server decides to end is answered like any other.
    @Test func aKeepAliveConnectionMayAskOnceMore() async throws {
        let fixture = WebFixture(farewell: patience)
        try await serving(fixture) { port, group in
            let busy = try RawConnection(port: port)
            try busy.send("GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await busy.receive(until: "}")
            fixture.lifecycle.advance(to: .draining)
            await group.triggerGracefulShutdown()
            try await Task.sleep(for: .milliseconds(100))
            try busy.send("GET /things/7 HTTP/1.1\r\nHost: x\r\n\r\n")
            let last = try await busy.receive(until: "}")
            #expect(last.contains("200") && last.lowercased().contains("connection: close"))
            #expect(try await busy.receive() == "")
        }
    }

    /// What the client has not read yet when the server ends still arrives, to the last byte.
    @Test func aLongAnswerIsSentToItsEnd() async throws {
        try await serving(WebFixture()) { port, group in
            let connection = try RawConnection(port: port)
            try connection.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            var received = try await connection.receive().utf8.count
            await group.triggerGracefulShutdown()
            try await Task.sleep(for: .milliseconds(700))
            while true {
                let more = try await connection.receive().utf8.count
                if more == 0 { break }
                received += more
            }
            #expect(received > WebFixture.bigSize)
        }
    }

    @Test func noNewConnectionIsLetInAtTheEnd() async throws {
        try await serving(WebFixture(farewell: patience)) { port, group in
            // The end waits for this one.
            let before = try RawConnection(port: port)
            try before.send("GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await before.receive(until: "}")
            await group.triggerGracefulShutdown()
            let deadline = ContinuousClock.now + patience
            while try await !RawConnection.isIgnored(port: port) {
                try #require(ContinuousClock.now < deadline, "connections are still let in")
            }
            _ = before
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        try await serving(WebFixture()) { port, _ in
            var settings = HTTPServiceSettings(port: port)
            settings.accessLog = .off
            let second = HTTPService(
                routes: RouteTable(),
                settings: settings,
                lifecycle: Lifecycle(),
                metrics: MetricsRegistry(),
                logger: Logger(label: "test")
            )
            let failure = try await #require(throws: ListenFailure.self) { try await second.run() }
            #expect(failure.description.contains("127.0.0.1, port \(port)"))
            #expect(await second.port() == nil)
        }
    }

    @Test func settingsWithoutKeysStayOnLoopback() throws {
        func problems(_ environment: [String: String]) -> [String] {
            let reader = SettingsReader(arguments: ["x"], environment: environment)
            let keys = APIKeys(reader)
            let settings = HTTPServiceSettings(reader, defaultPort: 8080, keys: keys)
            do {
                try reader.finish()
                return ["\(settings.bind):\(settings.port)"]
            } catch {
                return error.problems.map(\.key)
            }
        }
        #expect(problems([:]) == ["127.0.0.1:8080"])
        #expect(problems(["MARTLET_BIND": "0.0.0.0"]) == ["MARTLET_BIND"])
        #expect(problems(["MARTLET_BIND": "127.evil.example"]) == ["MARTLET_BIND"])
        #expect(problems(["MARTLET_BIND": "::1", "APP_PORT": "9"]) == ["::1:9"])
        #expect(problems(["MARTLET_API_KEYS": WebFixture.key]) == ["0.0.0.0:8080"])
        #expect(problems(["MARTLET_API_KEYS": "\(WebFixture.key), \(WebFixture.key)2\n"]) == ["0.0.0.0:8080"])
        #expect(problems(["MARTLET_API_KEYS": "short"]) == ["MARTLET_API_KEYS"])
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.firstRange(of: part) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }
}
