// SPDX-License-Identifier: Apache-2.0
// Martlet: the same question about many things, a few at once.

/// Asks about items, a few at once, and keeps their order; the first failure ends it.
///
/// A store far away answers each question in tens of milliseconds, and a catalogue of a hundred backups asks hundreds.
struct SeveralAtOnce {
    /// Questions under way, at most.
    var limit = 8

    func ask<Item: Sendable, Value: Sendable>(
        _ items: [Item],
        _ body: @escaping @Sendable (Item) async throws(RecoveryError) -> Value
    ) async throws(RecoveryError) -> [Value] {
        let found = await withTaskGroup(of: (Int, Result<Value, RecoveryError>).self) { group in
            var found: [Int: Result<Value, RecoveryError>] = [:]
            for (index, item) in items.enumerated() {
                if index >= limit, let (done, result) = await group.next() {
                    found[done] = result
                    if case .failure = result { break }
                }
                group.addTask {
                    do throws(RecoveryError) { return (index, .success(try await body(item))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for await (done, result) in group { found[done] = result }
            return found
        }
        var values: [Value] = []
        for (_, result) in found.sorted(by: { $0.key < $1.key }) { values.append(try result.get()) }
        return values
    }
}
