// SPDX-License-Identifier: Apache-2.0
// Martlet: a server on a restored folder, for the time of a look at it.
internal import FoundationEssentials
internal import Glibc
internal import Postgres
internal import Synchronization

/// A private PostgreSQL server: reached by a socket in a folder of its own, reaching nobody, gone afterwards.
struct ScratchServer: Sendable {
    let folder: ScratchFolder
    let command: ScratchCommand
    let log = ServerLog()
    /// The role to connect as: the cluster's superuser.
    let role: String

    private static let port = "5432"
    /// How long it has to stop in order, which includes writing what it holds.
    private static let stopLimit: Duration = .seconds(120)

    /// Writes the configuration; the folder holds a restored cluster.
    func configure(_ configuration: ScratchConfiguration, recovers: Bool) throws(RecoveryError) {
        let (hba, ident) = ("\(folder.path)/hba.conf", "\(folder.path)/ident.conf")
        try folder.write(ScratchConfiguration.hba, to: hba)
        try folder.write("", to: ident)
        let text = configuration.text(sockets: folder.sockets, hba: hba, ident: ident)
        try folder.write(text, to: "\(folder.path)/postgresql.conf")
        try folder.write("", to: "\(folder.data)/postgresql.auto.conf")
        unlink("\(folder.data)/standby.signal")
        if recovers { try folder.write("", to: "\(folder.data)/recovery.signal") }
    }

    /// Runs `body` while the server runs, and stops it in any case; its files stay.
    /// - Parameter limit: of all of it.
    /// - Throws: `.program` with the server's words when it ends before `body`; what `body` throws.
    func run<Value: Sendable>(
        within limit: Duration,
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let postgres = command.run(
            "postgres",
            ["-D", folder.data, "-c", "config_file=\(folder.path)/postgresql.conf"],
            death: "INT",
            merges: true,
            deadline: limit + Self.stopLimit,
            grace: .seconds(10)
        )
        let result = await withTaskGroup(of: Event<Value>.self) { group in
            group.addTask { [log] in
                do throws(RecoveryError) {
                    try await postgres.perform { bytes throws(RecoveryError) in log.append(bytes) }
                    return .ended(nil)
                } catch {
                    return .ended(error)
                }
            }
            group.addTask {
                do throws(RecoveryError) { return .looked(.success(try await body())) } catch {
                    return .looked(.failure(error))
                }
            }
            return await conclude(&group)
        }
        // A killed server may leave children for a moment.
        let data = folder.data
        let isQuiet = await offPool { Stragglers.end(below: data) }
        guard isQuiet else { throw RecoveryError(.program, "the scratch server's processes can't be ended") }
        return try result.get()
    }

    private enum Event<Value: Sendable>: Sendable {
        case ended(RecoveryError?)
        case looked(Result<Value, RecoveryError>)
    }

    private func conclude<Value>(_ group: inout TaskGroup<Event<Value>>) async -> Result<Value, RecoveryError> {
        var result: Result<Value, RecoveryError>?
        for await event in group {
            switch event {
            case .looked(let looked):
                result = result ?? looked
                // A server that can't be asked yet, or does not obey, is ended as a program.
                if await !stop() { group.cancelAll() }
            case .ended(let error):
                result = result ?? .failure(failure(error))
            }
            if case .ended = event { group.cancelAll() }
        }
        return result ?? .failure(RecoveryError(.internal, "a scratch server ended without a result"))
    }

    private func failure(_ error: RecoveryError?) -> RecoveryError {
        guard error?.code != .cancelled else { return RecoveryError(.cancelled, "cancelled while the server ran") }
        let words = log.message
        return RecoveryError(
            error?.code == .deadline ? .deadline : .program,
            "the restored server ended" + (words.isEmpty ? "" : ": \(words)"),
            cause: error
        )
    }

    /// Asks the server to stop with a last checkpoint, and then at once; whether it did.
    private func stop() async -> Bool {
        let arguments = ["stop", "-D", folder.data, "-w", "-s", "-t"]
        for (mode, limit) in [("fast", 90), ("immediate", 20)] {
            let run = command.run(
                "pg_ctl",
                arguments + ["\(limit)", "-m", mode],
                deadline: .seconds(limit + 10)
            )
            // Not in this task: it may be cancelled, and the server is to be stopped all the same.
            let isDone = await Task { () async -> Bool in
                do throws(RecoveryError) {
                    try await run.perform()
                    return true
                } catch {
                    return false
                }
            }.value
            if isDone { return true }
        }
        return false
    }

    /// Waits until recovery has ended and the server takes sessions that write.
    /// - Throws: `.deadline`.
    func untilReady(within limit: Duration) async throws(RecoveryError) {
        let end = ContinuousClock.now + limit
        let path = "\(folder.data)/postmaster.pid"
        while true {
            let text = await offPool {
                (try? OpenFile(reading: path).read(4_096)).map { String(decoding: $0, as: UTF8.self) }
            }
            // The eighth line is the server's state, padded with spaces.
            let lines = text?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
            if lines.count >= 8, lines[7].hasPrefix("ready") { return }
            guard ContinuousClock.now < end else {
                throw RecoveryError(.deadline, "the restored server was not ready within \(limit): \(log.message)")
            }
            do { try await Task.sleep(for: .milliseconds(20)) } catch {
                throw RecoveryError(.cancelled, "cancelled while the server recovered")
            }
        }
    }

    /// How to connect to a database of it.
    /// - Parameter limit: of one statement.
    func configuration(_ database: String, statementLimit limit: Duration) throws(RecoveryError)
        -> PostgresConfiguration
    {
        let parts = [("host", folder.sockets), ("port", Self.port), ("user", role), ("dbname", database)]
        let url = parts.map { "\($0)='\(Self.escaped($1))'" }.joined(separator: " ")
        do throws(PostgresError) {
            var configuration = try PostgresConfiguration(url: url)
            configuration.applicationName = "martlet-drill"
            configuration.statementTimeout = limit
            configuration.lockTimeout = .seconds(60)
            // What roles and databases have set for themselves must neither load code nor change how rows are written.
            configuration.serverSettings = [
                ("session_preload_libraries", ""), ("local_preload_libraries", ""), ("search_path", "public"),
                ("default_transaction_read_only", "off"), ("row_security", "off"),
            ]
            return configuration
        } catch {
            throw RecoveryError(error)
        }
    }

    /// Runs `body` with a session.
    func withSession<Value: Sendable>(
        _ database: String,
        statementLimit: Duration,
        _ body: @Sendable (PostgresSession) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let configuration = try configuration(database, statementLimit: statementLimit)
        let loop = EventLoop(name: "drill")
        defer { loop.shutdown() }
        let session: PostgresSession
        do throws(PostgresError) { session = try await PostgresSession.connect(configuration, on: loop) } catch {
            throw RecoveryError(error, "the restored database \(database.debugDescription)")
        }
        let result: Result<Value, RecoveryError>
        do throws(RecoveryError) { result = .success(try await body(session)) } catch { result = .failure(error) }
        await session.close()
        return try result.get()
    }

    private static func escaped(_ value: String) -> String {
        value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
