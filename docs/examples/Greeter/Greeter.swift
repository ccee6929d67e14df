// SPDX-License-Identifier: Apache-2.0
// Martlet: a whole worker of one's own. README.md shows this file; a test holds the two together.

import Jobs
import Logging
import Platform
import Postgres
import Redis

struct Greeting: Decodable {
    var name: String
}

/// Runs jobs of the kind `greet`.
struct Greeter: JobHandler {
    var kind: String { "greet" }

    func run(_ job: JobContext) async throws -> [UInt8]? {
        let greeting = try job.arguments(as: Greeting.self)  // a misfit discards the job and names the field
        guard greeting.name != "nobody" else {
            throw JobFailure("there is nobody to greet", isRetryable: false)  // any other error is tried again
        }
        job.logger.info("hello", metadata: ["name": "\(greeting.name)"])
        return Array(#"{"greeted":true}"#.utf8)  // the job's result: JSON, or nil
    }
}

@main
struct GreeterWorker {
    static func main() async {
        await ServiceMain.run("greeter") { reader in
            let (logs, shutdown) = (LoggingSettings(reader), ShutdownSettings(reader))
            let (database, redis, relayDeadline) = (reader.postgres(), reader.redis(), reader.relayDeadline())
            let (prefix, window) = (reader.redisPrefix(), reader.busWindow())
            var options = WorkerOptions(reader, shutdown: shutdown, name: "greeter")
            options.queues = ["greetings"]
            try reader.finish()  // every wrong setting at once, exit code 78
            guard let database, let redis else { return }

            let sink = LogSink(service: "greeter", settings: logs)
            sink.install()
            let logger = sink.logger(label: "greeter")
            let loop = EventLoop(name: "ledger")
            let queues = QueueDirectory()
            let pools = ["completions", "upkeep"].map { name in
                var pool = PostgresPoolConfiguration(database, name: name)
                pool.connection.serverSettings = LedgerTuning.settings
                return PostgresPool(pool, loops: [loop], logger: logger)
            }
            let ledgers = pools.map { Ledger(pool: $0, queues: queues, relayDeadline: relayDeadline) }
            let client = try RedisClient(configuration: redis, logger: logger)
            let bus = Bus(client: client, ledger: ledgers[1], prefix: prefix, window: window, logger: logger)
            let worker = Worker(
                ledger: ledgers[0],
                upkeep: ledgers[1],
                bus: bus,
                loop: loop,
                handlers: [Greeter()],
                options: options,
                metrics: MetricsRegistry(),
                logger: logger
            )
            // Later services use earlier ones; they are stopped in reverse order.
            try await ServiceBootstrap(
                services: pools + [client, bus, worker],
                logger: logger,
                settings: shutdown,
                lifecycle: Lifecycle()
            ).run()
            loop.shutdown()
        }
    }
}
