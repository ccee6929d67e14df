// SPDX-License-Identifier: Apache-2.0
// Martlet: the limit of a whole run.

internal import Platform
internal import Recovery

/// Cancels a run that takes too long.
struct RunDeadline: Sendable {
    private let limit: Duration
    private let verb: BackupVerb

    init(_ limit: Duration, of verb: BackupVerb) {
        self.limit = limit
        self.verb = verb
    }

    /// Runs `body`; returns when it has ended, also after it was cancelled.
    /// - Throws: `.deadline`, and what `body` throws before.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> Value {
        let (limit, verb) = (limit, verb)
        let outcome = await withTaskGroup(of: Result<Value, RecoveryError>?.self) { group in
            group.addTask {
                do throws(RecoveryError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // The clock was first, or the whole was cancelled; what ends in spite of it counts.
            let last = await group.next() ?? nil
            if case .success = last { return last ?? .failure(RecoveryError(.internal, "a run had no end")) }
            guard !Task.isCancelled else {
                return last ?? .failure(RecoveryError(.cancelled, "the \(verb.rawValue) was cancelled"))
            }
            let time = ISODuration.format(limit)
            return .failure(RecoveryError(.deadline, "the \(verb.rawValue) took longer than \(time), its deadline"))
        }
        return try outcome.get()
    }
}
