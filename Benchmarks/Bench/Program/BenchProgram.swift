// SPDX-License-Identifier: Apache-2.0
// Martlet: the entry of martlet-bench: measures the release build on servers of its own.

import Glibc
import UnixSignals

@main
struct BenchProgram {
    static func main() async {
        do {
            switch try BenchOptions.parse(CommandLine.arguments.dropFirst()) {
            case .help: print(BenchOptions.help)
            case .work: try await RecordingWorker.run()
            case .measure(let options): try await untilInterrupted { try await Bench(options).run() }
            }
        } catch let error as BenchError {
            Progress.say("error: \(error)")
            exit(error.exitCode)
        } catch {
            Progress.say("error: \(error)")
            exit(1)
        }
    }

    /// Runs `body`, and cancels it at the first signal, so that it ends the processes that it has started.
    private static func untilInterrupted(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) {
                    throw BenchError(.interrupted, "interrupted")
                }
                // The sequence ends when its task is cancelled; only `body` decides then.
                try await Task.sleep(for: .seconds(86_400))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
