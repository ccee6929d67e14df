// SPDX-License-Identifier: Apache-2.0
// Martlet: where a run tells how far it is, and how often.

internal import Platform
internal import Recovery

/// Where progress is shown.
enum NarrationStyle: Sendable {
    /// Redrawn five times a second.
    case terminal
    /// One line each 10 s.
    case lines
    /// One record each 10 s.
    case log

    /// What fits to where the run's words go.
    init(_ context: RunContext) {
        self = context.settings.logging.format == .json ? .log : Terminal.isWatched ? .terminal : .lines
    }

    /// Shows a line in place of the one before, or below it.
    func say(_ line: String) {
        guard self == .terminal else { return Terminal.say("\(line)\n") }
        Terminal.say("\r\(line.prefix(max(1, Terminal.columns - 1)))\u{1B}[K")
    }

    /// Runs `body`, and looks again and again meanwhile.
    func tell<Value: Sendable>(
        _ look: @escaping @Sendable () -> Void,
        during body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let outcome = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                let pause: Duration = self == .terminal ? .milliseconds(200) : .seconds(10)
                while (try? await Task.sleep(for: pause)) != nil { look() }
                return nil
            }
            while let ended = await group.next() {
                guard let ended else { continue }
                group.cancelAll()
                return ended
            }
            return .failure(RecoveryError(.internal, "a run had no end"))
        }
        if self == .terminal { Terminal.say("\r\u{1B}[K") }
        return try outcome.get()
    }
}
