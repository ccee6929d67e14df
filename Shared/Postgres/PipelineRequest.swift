// SPDX-License-Identifier: Apache-2.0
// Martlet: one call on its way through a pipelined connection.

/// A pipeline segment's work and who waits for it.
struct PipelineRequest: Sendable {
    typealias Waiting<Value: Sendable> = UnsafeContinuation<Result<Value, PostgresError>, Never>

    enum Steps: Sendable {
        case one(PostgresStatement, PostgresBindings)
        case many([(PostgresStatement, PostgresBindings)])

        var count: Int {
            switch self {
            case .one: 1
            case .many(let steps): steps.count
            }
        }
    }

    // Unsafe continuations cost a third of checked ones; `take` below makes a second resumption impossible.
    enum Waiter: Sendable {
        case one(Waiting<PostgresResult>)
        case many(Waiting<[PostgresResult]>)
        /// The caller is gone: the answer is discarded.
        case nobody
    }

    let id: UInt64
    let steps: Steps
    var waiter: Waiter
    var deadline: MonotonicTime
    /// Whether it was already sent again after its plan went stale.
    var isRetry = false

    var isAbandoned: Bool {
        if case .nobody = waiter { return true }
        return false
    }

    /// Takes the waiter out, so that it is resumed once.
    mutating func take() -> Waiter {
        defer { waiter = .nobody }
        return waiter
    }
}

extension PipelineRequest.Waiter {
    func fail(_ error: PostgresError) {
        switch self {
        case .one(let continuation): continuation.resume(returning: .failure(error))
        case .many(let continuation): continuation.resume(returning: .failure(error))
        case .nobody: break
        }
    }

    func succeed(_ results: PipelineResults) {
        switch (self, results.first) {
        case (.one(let continuation), let result?): continuation.resume(returning: .success(result))
        case (.many(let continuation), _): continuation.resume(returning: .success(results.all))
        case (.one, nil): fail(PostgresError(.outcomeUnknown, "the server sent no result"))
        case (.nobody, _): break
        }
    }
}

/// Results of a segment so far; the first without an array, since most segments have one.
struct PipelineResults {
    private(set) var first: PostgresResult?
    private var others: [PostgresResult] = []

    var count: Int { (first == nil ? 0 : 1) + others.count }
    var all: [PostgresResult] { first.map { [$0] + others } ?? [] }

    mutating func append(_ result: PostgresResult) {
        if first == nil { first = result } else { others.append(result) }
    }
}
