// SPDX-License-Identifier: Apache-2.0
// Martlet: one of its programs while it runs.

/// A started program with its HTTP port.
struct RunningProgram: Sendable {
    let process: ChildProcess
    let port: Int
    let log: String
    let lab: Lab

    /// Waits until its readiness says so.
    func waitUntilReady(within limit: Duration = .seconds(30)) async throws {
        let deadline = ContinuousClock.now + limit
        let request = HTTPRequestBytes.get("/health/ready", port: port)
        while ContinuousClock.now < deadline {
            if let status = process.exitStatus {
                throw BenchError(.program, "\(process.name) ended with \(status):\n\(lab.folder.tail(log))")
            }
            if let connection = try? await HTTPConnection.open(port: port, on: lab.group) {
                let answer = try? await connection.exchange(request, within: .seconds(2))
                await connection.close()
                if answer?.status == 200 { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw BenchError(.timeout, "\(process.name) was not ready within \(limit):\n\(lab.folder.tail(log))")
    }

    /// Ends it as an operator would.
    func stop() async {
        lab.telemetry?.forget(port)
        await process.stop()
    }

    /// Runs `body` with keep-alive connections to it.
    func withConnections<Value: Sendable>(
        _ count: Int,
        _ body: ([HTTPConnection]) async throws -> Value
    ) async throws -> Value {
        var connections: [HTTPConnection] = []
        for _ in 0..<count { connections.append(try await HTTPConnection.open(port: port, on: lab.group)) }
        let value = try await body(connections)
        for connection in connections { await connection.close() }
        return value
    }
}
