// SPDX-License-Identifier: Apache-2.0
// Martlet: its own programs on a database of one round.

/// What starts and ends martlet-api and martlet-worker, and the aggregator where telemetry is on.
struct MartletPrograms: Sendable {
    let lab: Lab
    let database: String
    /// Keys in Redis begin with this; a round sees nothing of another's.
    let prefix: String

    init(_ lab: Lab, _ database: BenchDatabase) {
        self.lab = lab
        self.database = database.name
        prefix = database.name
    }

    /// Runs `body` beside martlet-api, once that is ready.
    func withAPI<Value: Sendable>(
        _ settings: [String: String] = [:],
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        try await withUnwatchedAPI(settings) { api in try await watched(api, body) }
    }

    /// Runs `body` beside martlet-api, once that is ready; nobody watches it.
    func withUnwatchedAPI<Value: Sendable>(
        _ settings: [String: String] = [:],
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        let settings = settings.merging(["MARTLET_BENCH_ROUTES": "true"]) { given, _ in given }
        return try await with("martlet-api", settings) { api in
            guard lab.hasIdleWorker else { return try await body(api) }
            return try await withWorker(["MARTLET_QUEUES": "idle"]) { _ in try await body(api) }
        }
    }

    /// Runs `body` with an aggregator that watches where telemetry is on, and at the same time after the start where not.
    private func watched<Value: Sendable>(
        _ api: RunningProgram,
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        // What the start of programs takes is no running cost.
        let settling = Duration.seconds(lab.options.isQuick ? 0 : 3)
        guard lab.telemetry != nil else {
            if lab.hasIdleWorker { try await Task.sleep(for: settling) }
            return try await body(api)
        }
        return try await withAggregator(of: api) { _ in
            try await Task.sleep(for: settling)
            return try await body(api)
        }
    }

    /// Runs `body` beside an aggregator that watches `api`, once that is ready.
    func withAggregator<Value: Sendable>(
        of api: RunningProgram,
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        try await with("martlet-health", ["API_BASE_URL": "http://127.0.0.1:\(api.port)"], body)
    }

    /// Runs `body` beside martlet-worker, once that is ready.
    func withWorker<Value: Sendable>(
        _ settings: [String: String] = [:],
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        try await with("martlet-worker", settings, body)
    }

    /// Starts martlet-worker without waiting for it.
    func startWorker(_ settings: [String: String] = [:]) throws -> RunningProgram {
        try start("martlet-worker", settings)
    }

    private func with<Value: Sendable>(
        _ name: String,
        _ settings: [String: String],
        _ body: (RunningProgram) async throws -> Value
    ) async throws -> Value {
        let program = try start(name, settings)
        do {
            try await program.waitUntilReady()
            let value = try await body(program)
            await program.stop()
            return value
        } catch {
            await program.stop()
            throw error
        }
    }

    private func start(_ name: String, _ settings: [String: String]) throws -> RunningProgram {
        let port = try FreePort.find()
        var environment = lab.serviceEnvironment(database: database, prefix: prefix)
        environment["APP_PORT"] = String(port)
        environment["MARTLET_BIND"] = "127.0.0.1"
        environment["MARTLET_CONCURRENCY"] = String(lab.options.concurrency)
        environment.merge(settings) { $1 }
        let log = "\(database).\(name).log"
        let process = try ChildProcess.spawn(
            "\(lab.surroundings.programs)/\(name)",
            [],
            environment: environment,
            output: lab.folder.path(log)
        )
        lab.telemetry?.scrape(port)
        return RunningProgram(process: process, port: port, log: log, lab: lab)
    }
}
